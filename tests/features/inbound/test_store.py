"""What a provider told is kept once."""

from dataclasses import replace

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.features.inbound import store
from waypost.features.inbound.store import ReceivedWebhook

pytestmark = pytest.mark.anyio


async def test_an_event_is_kept_once_for_each_account(database: Database) -> None:
    world = KernelWorld(database)
    shop = await world.environment("Shop")
    first, second = [(await world.account(shop)).id for _ in range(2)]
    record = ReceivedWebhook(
        f"{first}:e", shop, first, None, "e", "a", "provider.event", b"{}", None, 10.0
    )
    async with database.write() as connection:
        again = replace(record, raw=b"[]")
        new = replace(record, id=f"{second}:e", account_id=second)
        assert await store.add_all_once(connection, [record]) == {record.id}
        assert await store.add_all_once(connection, [new, again, new]) == {new.id}
        assert await store.remove_older(connection, 10.0) == 0
        assert await store.remove_older(connection, 11.0) == 2
