"""Worlds for syncs: the sandbox with a few people, and the bare provider."""

from typing import Any

import pytest
from tests.support.syncs import Syncs
from tests.support.world import AcmeWorld, World


def person(number: int, **more: Any) -> dict[str, Any]:
    """Return somebody of the sandbox's account."""
    return {
        "id": f"u{number:03}",
        "email": f"p{number}@orchard.test",
        "name": f"P{number}",
        "role": "Manager",
        **more,
    }


@pytest.fixture
def syncs(world: World) -> Syncs:
    """Give an account with three people, at a standing clock."""
    world.turn_to("2026-11-22T10:00:00+00:00")
    world.sandbox.seed(users=[person(number) for number in range(3)])
    return Syncs(world)


@pytest.fixture
def bare(acme: AcmeWorld) -> Syncs:
    """Give an account at the provider whose every answer is scripted."""
    return Syncs(acme)
