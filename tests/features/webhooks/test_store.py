"""Webhooks stay in their environment."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Listing
from waypost.features.webhooks import store
from waypost.features.webhooks.store import Webhook

pytestmark = pytest.mark.anyio


def hook(environment_id: str, name: str, at: float = 0.0) -> Webhook:
    return Webhook(name, environment_id, f"https://{name}.example", None, True, at, at)


async def test_rows_are_added_listed_changed_and_removed(database: Database) -> None:
    here = await KernelWorld(database).environment()
    async with database.write() as connection:
        for at, name in enumerate(("a", "b")):
            await store.add(connection, here, hook(here, name, float(at)), b"sealed")
        await store.change(connection, here, "a", {"is_active": False, "event_types": ["test"]})
    listing = Listing((Condition("is_active", "eq", False),))
    async with database.read() as connection:
        assert [
            each.id for each in (await store.list_webhooks(connection, here, listing)).items
        ] == ["a"]
        assert (await store.get(connection, here, "a")).event_types == ["test"]
    async with database.write() as connection:
        await store.remove(connection, here, "a")
        with pytest.raises(NotFound):
            await store.get(connection, here, "a")


async def test_another_environment_reaches_nothing(database: Database) -> None:
    world = KernelWorld(database)
    here, there = await world.environment("Here"), await world.environment("There")
    async with database.write() as connection:
        await store.add(connection, here, hook(here, "a"), b"sealed")
        await store.change(connection, there, "a", {"is_active": False})
        await store.remove(connection, there, "a")
        with pytest.raises(NotFound):
            await store.get(connection, there, "a")
        assert (await store.list_webhooks(connection, there, Listing())).items == []
        assert (await store.get(connection, here, "a")).is_active is True


async def test_rows_are_locked_in_one_order_and_in_their_environment(database: Database) -> None:
    world = KernelWorld(database)
    here, there = await world.environment("Here"), await world.environment("There")
    async with database.write() as connection:
        for name in ("b", "a", "c"):
            await store.add(connection, here, hook(here, name), b"sealed")
        found = await store.locked(connection, here, ["b", "a", "nobody"])
        assert [each.id for each in found] == ["a", "b"]
        assert await store.locked(connection, there, ["a"]) == []
