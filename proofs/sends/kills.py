"""Real kills: a `waypost serve` that ends at a named point, again and again, over one database."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
from tests.support.sandbox import Sandbox

from proofs.sends.ends import find_all_ends
from proofs.sends.letter import KINDS, SURFACES, Letter
from proofs.sends.serving import Serving, open_world, post, serving
from proofs.sends.verdict import Verdict
from proofs.sends.world import World
from waypost.kernel.sends import crash_points as points

SENDING_POINTS = points.CRASH_POINTS[: points.CRASH_POINTS.index(points.DURING_RECONCILE)]
LOOKING_POINTS = points.CRASH_POINTS[len(SENDING_POINTS) :]
PATIENCE = 60.0
"""Seconds that a caller waits: a busy machine is no fault of a send's."""
PAUSE = 40.0
"""Longer than a process answers for what it wrote down."""
TAKEN = 130.0
"""Longer than a process has to itself what it looks for."""


Start = Callable[..., AbstractContextManager[Serving]]


@dataclass
class Tally:
    """How often each point killed, by the surface."""

    killed: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Trial:
    """One send and the point at which its process, or who looks for its end, is to be killed."""

    point: str
    surface: str
    kind: str
    has_key: bool


def trials(rounds: int, seed: int) -> list[Trial]:
    """Return every point on every surface with every kind, `rounds` times.

    Sends with and without a key; looking for one's end is the same for both, so these take turns.
    """
    sending = itertools.product(SENDING_POINTS, SURFACES, KINDS, (True, False))
    looking = list(itertools.product(LOOKING_POINTS, SURFACES, KINDS))
    found = [Trial(*one) for one in sending] * rounds
    for number in range(rounds):
        found += [Trial(*one, has_key=number % 2 == 0) for one in looking]
    random.Random(seed).shuffle(found)
    return found


def run_kills(
    folder: Path,
    sandbox: Sandbox,
    chosen: Sequence[Trial],
    *,
    afresh: bool = False,
) -> Tally:
    """Kill once per trial, then let every end be found.

    With `afresh` the first server is started by its command, interpreter and all.
    """
    tally = Tally()
    letters: list[Letter] = []
    with httpx.Client(timeout=PATIENCE, trust_env=False) as http:
        world = open_world(folder, sandbox, http)
        for number, trial in enumerate(chosen):
            world.turn(PAUSE)
            kill = _while_sending if trial.point in SENDING_POINTS else _while_looking
            start = partial(serving, world, afresh=afresh and number == 0)
            letters.append(kill(world, trial, number, http, tally, start))
        find_all_ends(world, letters, http)
    tally.verdict = world.judge(letters)
    return tally


def _letter(trial: Trial, number: int) -> Letter:
    key = f"key-{number}" if trial.has_key else None
    return Letter(f"Letter {number} {trial.kind}", trial.kind, trial.surface, key)


def _while_sending(
    world: World, trial: Trial, number: int, http: httpx.Client, tally: Tally, start: Start
) -> Letter:
    letter = _letter(trial, number)
    sandbox = world.desks[0].sandbox
    if trial.point == points.AFTER_REQUEST_SENT:
        sandbox.fault(method="POST", path="*", delay_ms=300)
    with start(test_crash_point=trial.point) as running:
        post(running, world, letter, http)
        place = (trial.point, trial.surface)
        (tally.killed if running.wait_killed() else tally.missed)[place] += 1
    sandbox.control("DELETE", "/faults")
    return letter


def _while_looking(
    world: World, trial: Trial, number: int, http: httpx.Client, tally: Tally, start: Start
) -> Letter:
    """Lose an answer, and end while the provider's list is read or its word is written down."""
    letter = _letter(trial, number)
    sandbox = world.desks[0].sandbox
    sandbox.fault(method="POST", path="*", drop="after")
    # On a busy machine the first server may live long enough to look by itself.
    with start(test_crash_point=trial.point) as running:
        post(running, world, letter, http)
    sandbox.control("DELETE", "/faults")
    is_killed = running.killed_itself
    if not is_killed:
        world.turn(TAKEN)
        with start(test_crash_point=trial.point) as running:
            is_killed = running.wait_killed()
    (tally.killed if is_killed else tally.missed)[trial.point, trial.surface] += 1
    return letter
