"""A real `waypost serve` that may kill itself, and its callers."""

import atexit
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from socket import socket
from typing import Any, Protocol

import httpx
from tests.support.sandbox import Sandbox

from proofs.sends.letter import Letter
from proofs.sends.world import World

START_SECONDS = 240.0
END_SECONDS = 90.0
_prepared_at: list[Path] = []


class Process(Protocol):
    """A running program."""

    pid: int

    def poll(self) -> int | None:
        """Return None while it runs, then how it ended."""
        ...


@dataclass
class _Forked:
    pid: int
    _ended: int | None = field(default=None, init=False)

    def poll(self) -> int | None:
        if self._ended is None:
            self._ended = _zygote().ask("poll", self.pid)
        return self._ended


class _Zygote:
    """The process that has imported the program; see `zygote.py`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "proofs.sends.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.close)

    def ask(self, *order: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@cache
def _zygote() -> _Zygote:
    return _Zygote()


def let_go() -> None:
    """End the process that has imported the program, if there is one."""
    if _zygote.cache_info().currsize:
        zygote = _zygote()
        atexit.unregister(zygote.close)
        zygote.close()
        _zygote.cache_clear()


@dataclass
class Serving:
    """A process of the platform."""

    process: Process
    url: str
    operator_token: str
    _was_forced: bool = False

    @property
    def killed_itself(self) -> bool:
        """Say whether it ended at its crash point."""
        return self.process.poll() == -signal.SIGKILL and not self._was_forced

    def wait_killed(self) -> bool:
        """Wait until the process has killed itself; False when it did not."""
        self._wait(END_SECONDS)
        return self.killed_itself

    def stop(self) -> None:
        """End it in the usual way, or by force."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self._was_forced = sign == signal.SIGKILL
                os.kill(self.process.pid, sign)
                self._wait(20)

    def _wait(self, seconds: float) -> int | None:
        ends = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < ends:
            time.sleep(0.01)
        return self.process.poll()


@contextmanager
def serving(world: World, *, afresh: bool = False, **settings: str) -> Iterator[Serving]:
    """Serve the world's data folder until the block ends, or the process does.

    `afresh` starts the program by its command; else it is forked where it is imported already.
    """
    port = _free_port()
    world.folder.mkdir(parents=True, exist_ok=True)
    operator_token = secrets.token_urlsafe(16)
    given = world.settings(
        data_dir=str(world.folder / "data"),
        port=str(port),
        operator_token=operator_token,
        **settings,
    )
    environment = {**os.environ, **{f"WAYPOST_{name.upper()}": v for name, v in given.items()}}
    log = world.folder / "platform.log"
    process = _by_command(environment, log) if afresh else _by_fork(environment, log)
    running = Serving(process, f"http://127.0.0.1:{port}", operator_token)
    try:
        _wait_ready(running, log)
        yield running
    finally:
        running.stop()


def open_world(folder: Path, sandbox: Sandbox, http: httpx.Client) -> World:
    """Return a world with one linked account; its database was made once for this process."""
    world = World(folder, sandbox)
    world.turn(0)
    shutil.copytree(_prepared(sandbox), folder / "data")
    with serving(world) as running:
        world.link(running.url, running.operator_token, http)
    return world


def _prepared(sandbox: Sandbox) -> Path:
    if not _prepared_at:
        place = Path(tempfile.mkdtemp(prefix="waypost-proof-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        world = World(place, sandbox)
        world.turn(0)
        with serving(world):
            _prepared_at.append(place / "data")
    return _prepared_at[0]


def _by_fork(environment: dict[str, str], log: Path) -> Process:
    return _Forked(_zygote().ask("start", environment, str(log)))


def _by_command(environment: dict[str, str], log: Path) -> Process:
    with log.open("ab") as output:
        command = [str(Path(sys.executable).with_name("waypost")), "serve"]
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output)


def post(
    running: Serving, world: World, letter: Letter, http: httpx.Client, *, wait: int | None = None
) -> int | None:
    """Make a letter's call and note what its caller is told; None when the line goes dead.

    `wait` is how many seconds its caller waits for a place in the account's budget.
    """
    desk = world.desks[0]
    url = running.url + letter.target(desk.account)
    headers = letter.headers(desk.token) | ({} if wait is None else {"prefer": f"wait={wait}"})
    try:
        answer = http.post(url, content=letter.content, headers=headers)
    except httpx.TransportError:
        return None
    letter.told.append(answer.status_code)
    return answer.status_code


def _wait_ready(running: Serving, log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    with contextlib.suppress(httpx.TransportError), httpx.Client(trust_env=False) as http:
        while time.monotonic() < ends and running.process.poll() is None:
            try:
                if http.get(f"{running.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
    if running.process.poll() != -signal.SIGKILL:
        raise AssertionError(f"the platform did not start:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
