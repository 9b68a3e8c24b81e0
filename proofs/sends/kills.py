"""Real kills: a `waypost serve` that ends at a named point, again and again, over one database."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.support.sandbox import Sandbox

from proofs.sends.serving import Serving, post, serving
from proofs.sends.verdict import Verdict, judge
from proofs.sends.world import KINDS, SURFACES, Letter, World
from waypost.kernel.sends import crash_points as points

SENDING_POINTS = points.CRASH_POINTS[: points.CRASH_POINTS.index(points.DURING_RECONCILE)]
LOOKING_POINTS = points.CRASH_POINTS[len(SENDING_POINTS) :]
FAULTS: Sequence[dict[str, object] | None] = (
    None,
    {"drop": "before"},
    {"drop": "after"},
    {"status": 503, "takes_effect": True},
    {"status": 503},
    {"delay_ms": 2600},
)
MOST_REPEATS = 12
AFRESH_EVERY = 10
"""Of so many servers one is started by its command, interpreter and all."""
PAUSE = 40.0
"""Longer than a process answers for what it wrote down."""


@dataclass
class Tally:
    """How often each point killed, by the surface."""

    killed: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Trial:
    """One send and the point at which its process is to end."""

    point: str
    surface: str
    kind: str
    has_key: bool


def trials(rounds: int, seed: int) -> list[Trial]:
    """Return every point on every surface with every kind, with and without a key, `rounds` times."""
    each = itertools.product(SENDING_POINTS, SURFACES, KINDS, (True, False))
    found = [Trial(*one) for one in each] * rounds
    random.Random(seed).shuffle(found)
    return found


def run_kills(
    folder: Path,
    sandbox: Sandbox,
    chosen: Sequence[Trial],
    *,
    looking_every: int = 10,
    say: Callable[[str], None] = lambda _: None,
) -> Tally:
    """Kill once per trial, and while looking for what is open; then let every end be found."""
    world, tally = World(folder, sandbox), Tally()
    letters: list[Letter] = []
    with httpx.Client(timeout=20, trust_env=False) as http:
        world.turn(0)
        with serving(world) as running:
            world.link(running.url, running.operator_token, http)
        for number, trial in enumerate(chosen):
            world.turn(PAUSE)
            letters.append(_one(world, trial, number, http, tally))
            if number % looking_every == looking_every - 1:
                point = LOOKING_POINTS[(number // looking_every) % len(LOOKING_POINTS)]
                _one_while_looking(world, point, number, http, tally, letters)
            if number % 25 == 24:
                say(f"  {number + 1} of {len(chosen)}")
        find_all_ends(world, letters, http)
    books = world.books()
    world.turn(60)
    tally.verdict = judge(letters, books, world.outbox(world.desks[0]))
    return tally


def _letter(trial: Trial, number: int) -> Letter:
    key = f"key-{number}" if trial.has_key else None
    return Letter(f"Letter {number} {trial.kind}", trial.kind, trial.surface, key)


def _one(world: World, trial: Trial, number: int, http: httpx.Client, tally: Tally) -> Letter:
    letter = _letter(trial, number)
    is_slow = trial.point == points.AFTER_REQUEST_SENT
    desk = world.desks[0]
    if is_slow:
        desk.sandbox.fault(method="POST", path="*", delay_ms=300)
    afresh = number % AFRESH_EVERY == 0
    with serving(world, afresh=afresh, test_crash_point=trial.point) as running:
        post(running, world, letter, http)
        place = (trial.point, trial.surface)
        (tally.killed if running.wait_killed() else tally.missed)[place] += 1
    desk.sandbox.control("DELETE", "/faults")
    return letter


def _one_while_looking(
    world: World,
    point: str,
    number: int,
    http: httpx.Client,
    tally: Tally,
    letters: list[Letter],
) -> None:
    """Lose an answer, and end while the provider's list is read or its word is written down."""
    letter = _letter(Trial(point, "passthrough", "email", has_key=True), number + 1_000_000)
    letters.append(letter)
    desk = world.desks[0]
    desk.sandbox.fault(method="POST", path="/email", drop="after")
    with serving(world) as running:
        post(running, world, letter, http)
    desk.sandbox.control("DELETE", "/faults")
    world.turn(PAUSE)
    with serving(world, test_crash_point=point) as running:
        place = (point, "passthrough")
        (tally.killed if running.wait_killed() else tally.missed)[place] += 1


def run_faults(
    folder: Path,
    sandbox: Sandbox,
    *,
    surfaces: Sequence[str] = SURFACES,
    kinds: Sequence[str] = KINDS,
) -> Verdict:
    """Lose, spoil and delay answers on every surface, with two processes that share one key."""
    world = World(folder, sandbox)
    letters: list[Letter] = []
    with httpx.Client(timeout=20, trust_env=False) as http:
        world.turn(0)
        with serving(world) as one:
            world.link(one.url, one.operator_token, http)
            with serving(world) as two:
                for number, each in enumerate(itertools.product(FAULTS, surfaces, kinds)):
                    _with_fault(world, (one, two), letters, http, number, each)
        find_all_ends(world, letters, http)
    books = world.books()
    world.turn(60)
    return judge(letters, books, world.outbox(world.desks[0]))


def _with_fault(
    world: World,
    processes: tuple[Serving, Serving],
    letters: list[Letter],
    http: httpx.Client,
    number: int,
    trouble: tuple[dict[str, object] | None, str, str],
) -> None:
    fault, surface, kind = trouble
    desk = world.desks[0]
    for has_key in (True, False):
        letter = _letter(Trial("", surface, kind, has_key), 2 * number + has_key)
        letters.append(letter)
        if fault is not None:
            desk.sandbox.fault(method="POST", path="*", **fault)
        post(processes[number % 2], world, letter, http)
        if has_key:  # the other process is asked for the same
            post(processes[1 - number % 2], world, letter, http)
        desk.sandbox.control("DELETE", "/faults")


def find_all_ends(world: World, letters: Sequence[Letter], http: httpx.Client) -> None:
    """Turn the clock until nothing is open, and let callers repeat their keys until they know."""
    with serving(world) as running:
        for _ in range(MOST_REPEATS):
            _settle(world, running)
            waiting = [each for each in letters if each.key and not each.is_acknowledged]
            if not waiting:
                return
            for letter in waiting:
                if post(running, world, letter, http) == 429:
                    world.turn(60)  # the clocks stand still, and so does the account's budget
                    post(running, world, letter, http)


def _settle(world: World, running: Serving) -> None:
    for turn in range(400):
        if not any(each["look_at"] is not None for each in world.books()):
            return
        if turn % 10 == 0:
            world.turn(200)
        assert running.process.poll() is None
        time.sleep(0.3)
