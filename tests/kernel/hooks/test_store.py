"""Hooks stay in their environment."""

import asyncio
import contextvars

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


async def test_two_that_are_made_at_once_are_made_one_after_the_other(
    world: KernelWorld, shop: str
) -> None:
    account = (await world.account(shop)).id
    hooks = Hooks(world.database, world.vault, clock=world.clock)
    first = await hooks.plan(shop, account, "domain", "d1")
    second = await hooks.plan(shop, account, "domain", "d2")
    now = world.clock.now()
    nobody = contextvars.Context()  # a task of this one's would be inside its transaction
    async with world.database.write() as connection:
        assert await store.claim(connection, first, now, cut_off=now - 60, made_since=now - 3)
        claiming = asyncio.get_running_loop().create_task(hooks.claim(second, 3.0), context=nobody)
        await asyncio.wait([claiming], timeout=0.5)
    assert not await claiming
