"""Start the two programs of the demo, wait until they answer, and stop them by their own ids."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60.0


class CouldNotStart(RuntimeError):
    """A program did not come up; says why and what to do."""


def command(name: str) -> str:
    """Return the path of a program installed beside this interpreter."""
    return str(Path(sys.executable).with_name(name))


def refuse_busy_port(port: int, variable: str, what: str) -> None:
    """Raise CouldNotStart when something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CouldNotStart(
                f"Port {port} for {what} is in use. Stop what listens there, "
                f"or choose another: {variable}={port + 1000} ./dev demo"
            ) from None


@contextmanager
def running(
    arguments: list[str], *, url: str, log: Path, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; its output goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        try:
            _wait(process, url, log)
            yield process
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
    tail = log.read_text(errors="replace")[-2000:]
    raise CouldNotStart(f"{log.stem} did not start.\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
