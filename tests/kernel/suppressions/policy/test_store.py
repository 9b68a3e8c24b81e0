"""The SQL of what is pushed: one word of one environment."""

import pytest
from tests.kernel.suppressions.conftest import Desk

from waypost.kernel.suppressions.policy import store

pytestmark = pytest.mark.anyio


async def test_a_word_is_kept_once_and_in_its_environment(desk: Desk) -> None:
    other = await desk.world.environment("Other")
    word = {"tenant_id": "tenant-1", "account_id": "", "set_by": "Ada", "updated_at": 1.0}
    async with desk.world.database.write() as connection:
        await store.put(connection, desk.shop, {**word, "push": "additions"})
        await store.put(connection, desk.shop, {**word, "push": "all"})
        await store.drop(connection, other, "tenant-1", "")
        assert await store.said(connection, desk.shop, "tenant-1") == {"": "all"}
        assert await store.said(connection, other, "tenant-1") == {}
        found = await store.accounts_of(connection, desk.shop, "tenant-1")
        assert found == [(desk.account, "acme")]
        assert await store.accounts_of(connection, other, "tenant-1") == []
