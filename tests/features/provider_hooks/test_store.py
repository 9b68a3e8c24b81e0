"""What is kept of an account that is about to go stays in its environment."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.features.provider_hooks import store

pytestmark = pytest.mark.anyio


async def test_another_environment_finds_and_removes_nothing(database: Database) -> None:
    world = KernelWorld(database)
    shop, other = await world.environment("Shop"), await world.environment("Other")
    async with database.write() as connection:
        await store.add(connection, shop, "a1", b"sealed", 100.0)
        assert await store.find(connection, other, "a1") is None
        await store.remove(connection, other, "a1")
        assert await store.find(connection, shop, "a1") == (b"sealed", 100.0)
        assert await store.older(connection, 100.0) == []
        assert await store.older(connection, 101.0) == [(shop, "a1")]
        await store.remove(connection, shop, "a1")
        assert await store.find(connection, shop, "a1") is None
