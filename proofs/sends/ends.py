"""Find every end: turn the clock until nothing is open, and repeat keys until their callers know."""

import time
from collections.abc import Sequence

import httpx

from proofs.sends.letter import Letter
from proofs.sends.serving import Serving, post, serving
from proofs.sends.world import World

MOST_REPEATS = 12
MOST_POLLS = 600
_POLL = 0.1


def find_all_ends(world: World, letters: Sequence[Letter], http: httpx.Client) -> None:
    """Do what callers and time do once the killing is over."""
    _wait_for_provider(world)
    with serving(world) as running:
        for _ in range(MOST_REPEATS):
            _settle(world, running)
            waiting = [each for each in letters if each.key and not each.is_acknowledged]
            if not waiting:
                return
            for letter in waiting:
                _repeat(world, running, letter, http)


def _wait_for_provider(world: World) -> None:
    """Let what has left us arrive: no wait of ours outlasts a clock that turns while it is on its way."""
    for _ in range(MOST_POLLS):
        if not any(desk.sandbox.is_at_work() for desk in world.desks):
            return
        time.sleep(_POLL)
    raise AssertionError("the sandbox is still at a call")


def _repeat(world: World, running: Serving, letter: Letter, http: httpx.Client) -> None:
    # The clocks stand still, and so would whoever waits for a place in the account's budget.
    if post(running, world, letter, http, wait=0) == 429:
        world.turn(60)
        post(running, world, letter, http, wait=0)


def _settle(world: World, running: Serving) -> None:
    for poll in range(MOST_POLLS):
        if not any(each["look_at"] is not None for each in world.books()):
            return
        if poll % 10 == 0:
            world.turn(200)
        assert running.process.poll() is None, "the platform ended by itself"
        time.sleep(_POLL)
