"""Deliveries stay in their environment."""

from dataclasses import replace

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Listing
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
    second = replace(first, id="d2", event_id="e2", created_at=2.0, next_at=2.0)
    async with database.write() as connection:
        webhook = Webhook("w", here, "https://x.example", None, True, 0, 0)
        await endpoints.add(connection, here, webhook, b"sealed")
        await store.add_all(connection, [first, second])
        await store.add_attempts(connection, [Attempt(here, "d1", 1, 5.0, 20, 500, None, "no")])
        await store.change(connection, there, ["d1"], {"state": "failed"})
        assert await store.due(connection, here, "w", 1.0, 10) == [first]
        assert await store.due(connection, here, "w", 3.0, 10) == [first, second]
        assert await store.due(connection, here, "w", 3.0, 1) == [first]
        assert await store.due(connection, there, "w", 3.0, 10) == []
        assert await store.in_order(connection, here, "w", ["m", "other"]) == [first, second]
        assert await store.in_order(connection, there, "w", ["m"]) == []
        assert await store.next_due(connection, here, "w") == 1.0
        assert await store.next_due(connection, there, "w") is None
        assert await store.overdue(connection, 2.0) == [(here, "w")]
        assert await store.overdue(connection, 1.0) == []
        await store.change(connection, here, ["d1"], {"state": "delivered", "next_at": None})
        assert await store.due(connection, here, "w", 3.0, 10) == [second]
        assert [each.status for each in await store.attempts_of(connection, here, "d1")] == [500]
        assert await store.attempts_of(connection, there, "d1") == []
        assert (await store.list_deliveries(connection, there, "w", Listing())).items == []
        with pytest.raises(NotFound):
            await store.get(connection, there, "w", "d1")


async def test_what_is_held_or_over_waits_anew(database: Database) -> None:
    world = KernelWorld(database)
    here, there = await world.environment("A"), await world.environment("B")
    over = WebhookDelivery("d1", here, "w", "e1", "t", None, "failed", 10, None, 1.0, 1.0)
    waits = replace(over, id="d2", event_id="e2", state="waiting", attempts=3, next_at=9.0)
    async with database.write() as connection:
        webhook = Webhook("w", here, "https://x.example", None, True, 0, 0)
        await endpoints.add(connection, here, webhook, b"sealed")
        await store.add_all(connection, [over, waits])
        await store.hold(connection, there, "w", 5.0)
        assert (await store.get(connection, here, "w", "d2")).state == "waiting"
        await store.hold(connection, here, "w", 5.0)
        assert (await store.get(connection, here, "w", "d2")).state == "held"
        held = (Condition("state", "eq", "held"),)
        assert await store.send_again(connection, there, "w", held, 6.0) == 0
        assert await store.send_again(connection, here, "w", held, 6.0) == 1
        found = await store.get(connection, here, "w", "d2")
        assert (found.state, found.attempts, found.next_at) == ("waiting", 0, 6.0)
        assert (await store.get(connection, here, "w", "d1")).state == "failed"
