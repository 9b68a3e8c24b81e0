"""Deliveries stay in their environment."""

from dataclasses import replace

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.base.errors import NotFound
from waypost.base.listing import Listing
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries import store
from waypost.features.webhooks.deliveries.store import Attempt, WebhookDelivery
from waypost.features.webhooks.store import Webhook

pytestmark = pytest.mark.anyio


async def test_deliveries_and_attempts_are_kept_and_found_in_their_environment(
    database: Database,
) -> None:
    world = KernelWorld(database)
    here, there = await world.environment("A"), await world.environment("B")
    first = WebhookDelivery("d1", here, "w", "e1", "t", "m", "waiting", 0, 1.0, 1.0, 1.0)
    second = replace(first, id="d2", event_id="e2", created_at=2.0)
    async with database.write() as connection:
        webhook = Webhook("w", here, "https://x.example", None, True, 0, 0)
        await endpoints.add(connection, here, webhook, b"sealed")
        await store.add_all(connection, [first, second])
        await store.add_attempts(connection, [Attempt(here, "d1", 1, 5.0, 20, 500, None, "no")])
        await store.change(connection, there, ["d1"], {"state": "failed"})
        assert await store.of_ids(connection, here, ["d1", "d2"]) == [first, second]
        assert await store.waiting_before(connection, here, second) == ["d1"]
        assert await store.waiting_before(connection, here, first) == []
        await store.change(connection, here, ["d1"], {"state": "delivered"})
        assert await store.of_ids(connection, here, ["d1", "d2"]) == [second]
        assert [each.status for each in await store.attempts_of(connection, here, "d1")] == [500]
        assert await store.attempts_of(connection, there, "d1") == []
        assert (await store.list_deliveries(connection, there, "w", Listing())).items == []
        with pytest.raises(NotFound):
            await store.get(connection, there, "w", "d1")
