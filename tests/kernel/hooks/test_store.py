"""Hooks stay in their environment."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.kernel.hooks import Hooks, store

pytestmark = pytest.mark.anyio


async def test_a_change_reaches_the_named_environment_only(world: KernelWorld, shop: str) -> None:
    account = (await world.account(shop)).id
    other = await world.environment("Other")
    hooks = Hooks(world.database, world.vault, clock=world.clock)
    hook = await hooks.plan(shop, account, "domain", "d1")
    async with world.database.write() as connection:
        await store.change(connection, other, hook.id, {"state": "failed"})
        await store.remove(connection, other, hook.id)
    (kept,) = await hooks.of_account(shop, account)
    assert kept.state == "planned"
