"""The SQL of suppressions: what belongs to another environment is not found, one identity is one row."""

import pytest
from tests.kernel.suppressions.conftest import Desk

from waypost.base.errors import NotFound
from waypost.kernel.suppressions import store

pytestmark = pytest.mark.anyio


async def test_adding_what_another_process_has_added_changes_nothing(desk: Desk) -> None:
    [entry] = await desk.add(desk.fact())
    async with desk.world.database.write() as connection:
        await store.add(connection, [entry])
        rows = await store.of_addresses(connection, desk.shop, "tenant-1", [entry.address])
    assert rows == [entry]


async def test_every_question_names_the_environment(desk: Desk) -> None:
    [entry] = await desk.add(desk.fact())
    other = await desk.world.environment("Other")
    async with desk.world.database.write() as connection:
        await store.change(connection, other, entry.id, {"detail": "changed"})
        assert await store.of_addresses(connection, other, "tenant-1", [entry.address]) == []
        assert await store.holding(connection, other, desk.account, [entry.key]) == []
        with pytest.raises(NotFound):
            await store.get(connection, other, entry.id)
        assert (await store.get(connection, desk.shop, entry.id)).detail is None
