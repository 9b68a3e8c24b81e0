"""Forks: a pre-imported platform, copied and killed within one send, thousands of times."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.support.sandbox import Sandbox

from proofs.sends.kills import FAULTS, SENDING_POINTS, find_all_ends
from proofs.sends.serving import serving
from proofs.sends.verdict import Verdict, judge
from proofs.sends.world import SURFACES, Desk, Letter, World
from waypost.base.settings import read_settings
from waypost.entrypoints.wiring import Platform, build_platform
from waypost.kernel.sends import crash_points

LONGEST = 0.03
"""A process that is not killed at a point may be killed at any moment of its first this many seconds."""


@dataclass
class ForkTally:
    """What became of the forks."""

    killed_at: dict[str, int] = field(default_factory=dict)
    survived: int = 0
    twins: int = 0
    verdict: Verdict | None = None


def run_forks(
    folder: Path,
    sandbox: Sandbox,
    count: int,
    seed: int,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> ForkTally:
    """Fork `count` sends, kill most of them, and let every end be found."""
    world, tally = World(folder, sandbox), ForkTally()
    chance = random.Random(seed)
    letters: list[Letter] = []
    with httpx.Client(timeout=30, trust_env=False) as http:
        world.turn(0)
        with serving(world) as running:
            world.link(running.url, running.operator_token, http)
        platform = _platform(world)
        while len(letters) < count:
            _one(world, platform, letters, chance, tally)
            if len(letters) % 500 == 0:
                say(f"  {len(letters)} of {count}")
        find_all_ends(world, letters, http)
    books = world.books()
    world.turn(60)
    tally.verdict = judge(letters, books, world.outbox(world.desks[0]))
    return tally


def _platform(world: World) -> Platform:
    given: dict[str, Any] = world.settings(data_dir=str(world.folder / "data"))
    os.environ.update({f"WAYPOST_{name.upper()}": value for name, value in given.items()})
    try:
        return build_platform(read_settings())
    finally:
        for name in given:
            del os.environ[f"WAYPOST_{name.upper()}"]


def _one(
    world: World,
    platform: Platform,
    letters: list[Letter],
    chance: random.Random,
    tally: ForkTally,
) -> None:
    desk, number = world.desks[0], len(letters)
    letter = Letter(
        # Some letters have the same words, so that only their count tells them apart.
        f"Letter {number - number % 3 if chance.random() < 0.5 else number}",
        "email",
        chance.choice(SURFACES),
        f"key-{number}" if chance.random() < 0.6 else None,
    )
    letters.append(letter)
    fault = chance.choice(FAULTS[:-1]) if chance.random() < 0.3 else None
    point = chance.choice(SENDING_POINTS) if chance.random() < 0.7 else None
    if point == crash_points.AFTER_REQUEST_SENT:
        fault = {**(fault or {}), "delay_ms": 60}
    if fault is not None:
        desk.sandbox.fault(method="POST", path="/email", **fault)
    moment = chance.uniform(0.001, LONGEST)
    copies = 2 if letter.key is not None and chance.random() < 0.1 else 1
    tally.twins += copies == 2
    children = [_fork(platform, desk, letter, point, moment) for _ in range(copies)]
    for process, told in children:
        _wait_for(process, told, letter, point, tally)
    if fault is not None:
        desk.sandbox.control("DELETE", "/faults")
    if number % 20 == 0:
        world.turn(1)


def _wait_for(process: int, told: int, letter: Letter, point: str | None, tally: ForkTally) -> None:
    with os.fdopen(told, "rb") as reading:
        answers = reading.read()
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        where = point or "any_moment"
        tally.killed_at[where] = tally.killed_at.get(where, 0) + 1
    else:
        assert os.WEXITSTATUS(status) == 0, "a fork failed; see its output"
        tally.survived += 1
    letter.told += [int(each) for each in answers.split()]


def _fork(
    platform: Platform, desk: Desk, letter: Letter, point: str | None, moment: float
) -> tuple[int, int]:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    os.close(reading)
    try:
        crash_points.arm(point)
        if point is None:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, moment)
        asyncio.run(_send(platform, desk, letter, writing))
    except BaseException as error:
        sys.stderr.write(f"fork: {error!r}\n")
        os._exit(1)
    os._exit(0)


async def _send(platform: Platform, desk: Desk, letter: Letter, told: int) -> None:
    """Make the letter's call in this process, without a server before it."""
    path, _, query = letter.target(desk.account).partition("?")
    body = json.dumps(letter.body).encode()
    headers = {**letter.headers(desk.token), "content-length": str(len(body))}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: Iterator[dict[str, Any]] = iter([{"type": "http.request", "body": body}])

    async def receive() -> dict[str, Any]:
        try:
            return next(sent)
        except StopIteration:
            await asyncio.Event().wait()
            raise AssertionError from None

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            os.write(told, b"%d " % message["status"])

    await platform.application(scope, receive, send)
    await platform.kernel.sends.ledger.flush()
    await platform.kernel.tasks.close()
    with contextlib.suppress(Exception):
        await platform.kernel.transport.close()
    await platform.kernel.database.close()
