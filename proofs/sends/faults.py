"""Lost, spoilt and late answers, and two processes that are asked for the same at once."""

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
from tests.support.sandbox import Sandbox

from proofs.sends.ends import find_all_ends
from proofs.sends.letter import KINDS, SURFACES, Letter
from proofs.sends.serving import Serving, open_world, post, serving
from proofs.sends.verdict import Verdict
from proofs.sends.world import World

FAULTS: dict[str, dict[str, object]] = {
    "none": {},
    "dropped before": {"drop": "before"},
    "dropped after": {"drop": "after"},
    "503 after": {"status": 503, "takes_effect": True},
    "503 before": {"status": 503},
    "too late": {"delay_ms": 2600},
}
"""What a provider does to a send, before or after it accepted; the last is past the deadline."""
LATER = {"too late": 150.0}
"""Seconds of the world's time between a caller's end and the provider's: more than its rows may differ."""
hurried = partial(serving, first_byte_timeout="2", total_timeout="5")
BETWEEN = 61.0
"""Seconds of the world's time between two letters: a provider that failed the last ones is left in peace
for a minute at most, and the clocks stand still for whoever waits that long."""


def run_faults(
    folder: Path,
    sandbox: Sandbox,
    faults: Sequence[str] = tuple(FAULTS),
    *,
    surfaces: Sequence[str] = SURFACES,
    kinds: Sequence[str] = KINDS,
) -> Verdict:
    """Send by every surface, with and without a key, while one fault after the other happens."""
    letters: list[Letter] = []
    with httpx.Client(timeout=60, trust_env=False) as http:
        world = open_world(folder, sandbox, http)
        with hurried(world) as one, hurried(world) as two:
            each = itertools.product(faults, surfaces, kinds, (True, False))
            for number, (fault, surface, kind, has_key) in enumerate(each):
                letter = _letter(number, surface, kind, has_key=has_key)
                letters.append(letter)
                world.turn(BETWEEN)
                processes = (one, two) if number % 2 else (two, one)
                _with_fault(world, processes, letter, http, FAULTS[fault])
                world.turn(LATER.get(fault, 0))
        find_all_ends(world, letters, http)
    return world.judge(letters)


def _letter(number: int, surface: str, kind: str, *, has_key: bool) -> Letter:
    key = f"key-{number}" if has_key else None
    return Letter(f"Letter {number} {kind}", kind, surface, key)


def _with_fault(
    world: World,
    processes: Sequence[Serving],
    letter: Letter,
    http: httpx.Client,
    fault: dict[str, object],
) -> None:
    sandbox = world.desks[0].sandbox
    if fault:
        sandbox.fault(method="POST", path="*", times=None, **fault)
    asked = processes if letter.key is not None else processes[:1]
    with ThreadPoolExecutor(len(asked)) as callers:
        list(callers.map(lambda each: post(each, world, letter, http), asked))
    sandbox.control("DELETE", "/faults")
