"""A real `waypost serve` that may kill itself, and its callers."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import httpx

from proofs.sends.world import Letter, World

START_SECONDS = 60.0
END_SECONDS = 40.0


@dataclass
class Serving:
    """A process of the platform."""

    process: subprocess.Popen[bytes]
    url: str
    operator_token: str

    def wait_killed(self) -> bool:
        """Wait until the process has killed itself; False when it did not."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(END_SECONDS) == -signal.SIGKILL
        return False


@contextmanager
def serving(world: World, **settings: str) -> Iterator[Serving]:
    """Serve the world's data folder until the block ends, or the process does."""
    port = _free_port()
    world.folder.mkdir(parents=True, exist_ok=True)
    operator_token = secrets.token_urlsafe(16)
    given = world.settings(
        data_dir=str(world.folder / "data"),
        port=str(port),
        operator_token=operator_token,
        **settings,
    )
    environment = os.environ | {f"WAYPOST_{name.upper()}": text for name, text in given.items()}
    with (world.folder / "platform.log").open("ab") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("waypost"), "serve"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    running = Serving(process, f"http://127.0.0.1:{port}", operator_token)
    try:
        _wait(running)
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
        if process.poll() is None:
            process.kill()
            process.wait()


def post(running: Serving, world: World, letter: Letter, http: httpx.Client) -> int | None:
    """Make a letter's call and note what its caller is told; None when the line goes dead."""
    desk = world.desks[0]
    url = running.url + letter.target(desk.account)
    try:
        answer = http.post(url, json=letter.body, headers=letter.headers(desk.token))
    except httpx.TransportError:
        return None
    letter.told.append(answer.status_code)
    return answer.status_code


def _wait(running: Serving) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and running.process.poll() is None:
        try:
            if httpx.get(f"{running.url}/ping", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    if running.process.poll() != -signal.SIGKILL:
        raise AssertionError("the platform did not start")


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
