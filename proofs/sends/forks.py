"""Forks: a pre-imported platform, copied and killed within one send, thousands of times."""

import asyncio
import contextlib
import faulthandler
import gc
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.support.sandbox import Sandbox

from proofs.sends.ends import find_all_ends
from proofs.sends.faults import FAULTS
from proofs.sends.kills import LOOKING_POINTS, PAUSE, SENDING_POINTS
from proofs.sends.letter import KINDS, SURFACES, Letter
from proofs.sends.serving import open_world
from proofs.sends.verdict import Verdict
from proofs.sends.world import World
from waypost.base.settings import read_settings
from waypost.entrypoints.wiring import Platform, build_platform, build_reconciler
from waypost.kernel.sends import crash_points

LONGEST = 0.03
"""A process that is not killed at a point may be killed at any moment of its first this many seconds."""
ANY_MOMENT = "any_moment"
LOOK_EVERY = 12
"""After so many letters somebody looks for ends, and is killed at it."""
HUNG_SECONDS = 90.0
_TROUBLES = [fault for name, fault in FAULTS.items() if name not in ("none", "too late")]

Work = Callable[[int], Coroutine[Any, Any, None]]


@dataclass
class ForkTally:
    """What became of the forks; `killed` by point and surface."""

    killed: Counter[tuple[str, str]] = field(default_factory=Counter)
    survived: int = 0
    twins: int = 0
    verdict: Verdict | None = None


@dataclass
class _Range:
    """Where forks are let loose."""

    world: World
    platform: Platform
    chance: random.Random
    tally: ForkTally
    letters: list[Letter] = field(default_factory=list)


def run_forks(
    folder: Path,
    sandbox: Sandbox,
    kills: int,
    seed: int,
) -> ForkTally:
    """Fork sends until `kills` were killed, and let every end be found."""
    tally = ForkTally()
    with httpx.Client(timeout=60, trust_env=False) as http:
        world = open_world(folder, sandbox, http)
        here = _Range(world, _platform(world), random.Random(seed), tally)
        gc.freeze()
        while tally.killed.total() < kills:
            _send_one(here)
            if len(here.letters) % LOOK_EVERY == 0:
                _look_once(here)
        gc.unfreeze()
        find_all_ends(world, here.letters, http)
    tally.verdict = world.judge(here.letters)
    return tally


def _platform(world: World) -> Platform:
    given: dict[str, Any] = world.settings(data_dir=str(world.folder / "data"))
    os.environ.update({f"WAYPOST_{name.upper()}": value for name, value in given.items()})
    try:
        return build_platform(read_settings())
    finally:
        for name in given:
            del os.environ[f"WAYPOST_{name.upper()}"]


def _letter(number: int, chance: random.Random) -> Letter:
    """Some letters with keys have the same words, so that only their count tells them apart."""
    has_key = chance.random() < 0.6
    name = number - number % 3 if has_key and chance.random() < 0.5 else number
    kind = chance.choice(("email", *KINDS))
    words = f"Letter {name} {kind}{'' if has_key else ' alone'}"
    return Letter(words, kind, chance.choice(SURFACES), f"key-{number}" if has_key else None)


def _send_one(here: _Range) -> None:
    chance, sandbox = here.chance, here.world.desks[0].sandbox
    letter = _letter(len(here.letters), chance)
    here.letters.append(letter)
    fault = dict(chance.choice(_TROUBLES)) if chance.random() < 0.3 else {}
    point = chance.choice(SENDING_POINTS) if chance.random() < 0.8 else None
    if point == crash_points.AFTER_REQUEST_SENT:
        fault |= {"delay_ms": 60}
    if fault:
        sandbox.fault(method="POST", path="*", times=None, **fault)
    moment = chance.uniform(0.001, LONGEST)
    copies = 2 if letter.key is not None and chance.random() < 0.1 else 1
    here.tally.twins += copies == 2

    def work(told: int) -> Coroutine[Any, Any, None]:
        return _send(here.platform, here.world, letter, told)

    children = [_fork(work, point, moment) for _ in range(copies)]
    for child in children:
        letter.told += _wait_for(child, (point or ANY_MOMENT, letter.surface), here.tally)
    if fault:
        sandbox.control("DELETE", "/faults")


def _look_once(here: _Range) -> None:
    """Let what was cut off become due, and kill who looks for it."""
    here.world.turn(PAUSE)
    point = here.chance.choice(LOOKING_POINTS)
    child = _fork(lambda _: _look(here.platform), point, None)
    _wait_for(child, (point, "-"), here.tally)


def _wait_for(child: tuple[int, int], place: tuple[str, str], tally: ForkTally) -> list[int]:
    process, told = child
    with os.fdopen(told, "rb") as reading:
        answers = reading.read()
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        tally.killed[place] += 1
    else:
        assert os.WEXITSTATUS(status) == 0, "a fork failed or hung; see what it wrote"
        tally.survived += 1
    return [int(each) for each in answers.split()]


def _fork(work: Work, point: str | None, moment: float | None) -> tuple[int, int]:
    """Copy this process, give the copy work, and end it at a point, or at a moment in seconds."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    os.close(reading)
    try:
        faulthandler.dump_traceback_later(HUNG_SECONDS + 5, exit=True)
        crash_points.arm(point)
        if point is None and moment is not None:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, moment)
        asyncio.run(_watched(work(writing)))
    except BaseException as error:
        sys.stderr.write(f"fork: {error!r}\n")
        os._exit(1)
    os._exit(0)


async def _watched(work: Coroutine[Any, Any, None]) -> None:
    """Do the work; when it hangs, say at what."""

    def tell() -> None:
        for task in asyncio.all_tasks():
            task.print_stack(file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)

    asyncio.get_running_loop().call_later(HUNG_SECONDS, tell)
    await work


async def _look(platform: Platform) -> None:
    await build_reconciler(platform.kernel).round()
    await _end(platform)


async def _send(platform: Platform, world: World, letter: Letter, told: int) -> None:
    """Make the letter's call in this process, without a server before it."""
    desk = world.desks[0]
    path, _, query = letter.target(desk.account).partition("?")
    headers = {**letter.headers(desk.token), "content-length": str(len(letter.content))}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: Iterator[dict[str, Any]] = iter([{"type": "http.request", "body": letter.content}])

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
    await _end(platform)


async def _end(platform: Platform) -> None:
    await platform.kernel.sends.ledger.flush()
    await platform.kernel.tasks.close()
    with contextlib.suppress(Exception):
        await platform.kernel.transport.close()
    await platform.kernel.database.close()
