"""A store with one tenant's account."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.kernel.suppressions import Fact, Suppression, Suppressions


@dataclass
class Desk:
    world: KernelWorld
    shop: str
    account: str
    suppressions: Suppressions

    def fact(self, address: str = "nia@y.test", **values: Any) -> Fact:
        usual = Fact("tenant-1", address, "unsubscribe", "all", self.account, "pull")
        return replace(usual, **values)

    async def add(self, *facts: Fact) -> list[Suppression]:
        return await self.suppressions.add(self.shop, list(facts))

    async def held(self, address: str = "nia@y.test", account: str | None = None) -> list[str]:
        asked = [(address, "shop.test")]
        held = await self.suppressions.check(self.shop, account or self.account, asked)
        return [reason for each in held for reason in each.wire()["reasons"]]


@pytest.fixture
async def desk(world: KernelWorld, shop: str) -> Desk:
    account = (await world.account(shop)).id
    return Desk(world, shop, account, Suppressions(world.database, clock=world.clock))
