"""Whatever happened on both sides and wherever it was cut off, the rules are kept: small, seeded."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import httpx
import pytest
from tests.support.sandbox import Sandbox
from tests.support.suppression_history import LISTS, History, Side
from tests.support.turned_world import TurnedWorld
from tests.support.world import World

from waypost.base.errors import WaypostError
from waypost.features.suppressions.pulling import Pulling
from waypost.features.suppressions.pushing import Pushing

CUTS: list[dict[str, Any]] = [
    *({"method": "GET", "path": f"/v1/suppressions/{name}", "status": 500} for name in LISTS),
    {"method": "POST", "path": "/v1/suppressions/*", "drop": "before"},
    {"method": "POST", "path": "/v1/suppressions/*", "drop": "after"},
    {"method": "DELETE", "path": "/v1/suppressions/*", "drop": "before"},
    {"method": "DELETE", "path": "/v1/suppressions/*", "drop": "after"},
]
"""Where a round is cut off; what it did by then stays done, and what it does not know stays unknown."""


class Here:
    """The platform in this process: a round is done by hand, and cut off by the provider."""

    def __init__(self, world: World, sides: list[Side]) -> None:
        self.world = world
        self.sides = sides
        file = world.environment.served.clock_file
        self.clock = TurnedWorld(file, [each.sandbox for each in sides], at=1_796_000_000.0)

    def ask(self, verb: str, path: str, body: Any = None) -> httpx.Response:
        return self.world.environment.request(verb, path, json=body)

    def tick(self, crash: random.Random | None) -> None:
        cut = crash.choice(self.sides).sandbox if crash else None
        if cut is not None and crash is not None:
            cut.fault(times=20, **crash.choice(CUTS))
        served, environment = self.world.environment.served, self.world.environment.id
        pulling, pushing = Pulling(served.kernel), Pushing(served.kernel)
        for side in self.sides:
            for work in (pulling.pull, pushing.push):
                try:
                    self.until_done(work(environment, side.account))
                except WaypostError:
                    assert crash is not None
        if cut is not None:
            cut.control("DELETE", "/faults")

    def until_done(self, work: Any) -> None:
        """Do something, and turn the clocks while it waits for the rate budget."""
        with ThreadPoolExecutor(1) as beside:
            done = beside.submit(self.world.environment.served.run, work)
            while not wait([done], timeout=0.1).done:
                self.clock.turn(10)
        done.result()


def linked(world: World, number: int, push: str) -> Side:
    """Link an account of a provider account of its own, pushed to."""
    there = Sandbox(world.sandbox.root, world.sandbox.http).account()
    domain = f"mail{number}.orchard.test"
    there.seed(domains=[{"id": f"d0m41n000000000{number}", "name": domain, "is_verified": True}])
    account = world.environment.link("mailersend", {"api_token": there.api_token})
    body = {"push": push, "integrated_account_id": account}
    assert world.environment.request("PUT", "/suppression/push", json=body).status_code == 200
    return Side(account, there, domain, f"d0m41n000000000{number}", takes_back=push == "all")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_rules_are_kept(world: World, seed: int) -> None:
    platform = Here(world, [linked(world, 1, "additions"), linked(world, 2, "all")])
    try:
        history = History(platform, platform.sides, platform.clock, seed)
        history.play(25)
        history.rest()
        history.check()
    finally:
        world.environment.served.clock_file.unlink()
    assert history.done >= Counter(crash=2, tick=1, refused=1, sent=1, reached=1), history.done
