"""A real platform process, started as `waypost serve` is."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.support.databases import own_url
from tests.support.valkey import own_redis_url

START_SECONDS = 90.0


@dataclass(frozen=True)
class PlatformProcess:
    """A running platform: its address, the operator's token, its data and its log."""

    url: str
    operator_token: str
    data_dir: Path
    log: Path
    environment: dict[str, str]
    pid: int

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `waypost` command with this platform's settings."""
        return subprocess.run(
            [_program(), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@contextmanager
def platform_process(folder: Path, **settings: str) -> Iterator[PlatformProcess]:
    """Serve a platform until the block ends; `settings` are WAYPOST_* without the prefix."""
    port = _free_port()
    operator_token = secrets.token_urlsafe(24)
    data_dir, log = folder / "data", folder / "platform.log"
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "WAYPOST_DATA_DIR": str(data_dir),
        "WAYPOST_PORT": str(port),
        "WAYPOST_OPERATOR_TOKEN": operator_token,
        "WAYPOST_ALLOW_ADDRESSES": "127.0.0.0/8",
        **{f"WAYPOST_{name.upper()}": value for name, value in settings.items()},
    }
    if url := own_url(data_dir):
        environment.setdefault("WAYPOST_DATABASE_URL", url)
    if url := own_redis_url(data_dir):
        environment.setdefault("WAYPOST_REDIS_URL", url)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_program(), "serve"], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url, log)
        yield PlatformProcess(url, operator_token, data_dir, log, environment, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _program() -> str:
    return str(Path(sys.executable).with_name("waypost"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the platform did not start:\n{log.read_text(errors='replace')[-3000:]}")
