"""Hear events, and enqueue what the endpoints that asked for them are to get."""

from collections.abc import Sequence

from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.ids import new_id
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries import store
from waypost.features.webhooks.deliveries.store import WebhookDelivery
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event
from waypost.kernel.jobs import Jobs, NewJob

DELIVER = "webhooks.deliver"
MOST_AT_ONCE = 200


class Announcer:
    """Turn events into deliveries, in the transaction in which they happened."""

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock

    async def hear(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """Write down who is to get these events, and have it done; one job for each endpoint."""
        environment_id = events[0].environment_id
        for webhook in await endpoints.listening(connection, environment_id):
            wanted = [event for event in events if wants(webhook, event)]
            if wanted:
                await self._enqueue(connection, webhook, wanted)

    async def _enqueue(
        self, connection: AsyncConnection, webhook: Webhook, events: Sequence[Event]
    ) -> None:
        now = self._clock.now()
        is_paused = webhook.paused_at is not None
        made = [
            WebhookDelivery(
                id=new_id(),
                environment_id=event.environment_id,
                webhook_id=webhook.id,
                event_id=event.id,
                event_type=event.type,
                order_key=order_key(webhook, event),
                state="held" if is_paused else "waiting",
                attempts=0,
                next_at=None if is_paused else now,
                created_at=event.created_at,
                updated_at=now,
            )
            for event in events
        ]
        await store.add_all(connection, made)
        if not is_paused:
            await enqueue(
                connection, self._jobs, webhook.environment_id, webhook.id, [e.id for e in made]
            )


async def enqueue(
    connection: AsyncConnection,
    jobs: Jobs,
    environment_id: str,
    webhook_id: str,
    ids: Sequence[str],
    *,
    at: float | None = None,
) -> None:
    """Have deliveries of one endpoint made, in jobs of at most MOST_AT_ONCE."""
    for start in range(0, len(ids), MOST_AT_ONCE):
        payload = {
            "environment_id": environment_id,
            "webhook_id": webhook_id,
            "deliveries": list(ids[start : start + MOST_AT_ONCE]),
        }
        await jobs.enqueue(connection, NewJob(DELIVER, payload, at=at, partition=webhook_id))


def wants(webhook: Webhook, event: Event) -> bool:
    """Say whether an endpoint asked for an event: by its type, and by whose it is."""
    if webhook.event_types is not None and event.type not in webhook.event_types:
        return False
    tenants = webhook.tenant_ids
    return tenants is None or event.payload.get("tenant_id") in tenants


def order_key(webhook: Webhook, event: Event) -> str | None:
    """Return what an endpoint wants in order: the events of one message, where it asked for that."""
    message = event.payload.get("message_id")
    return message if webhook.ordered_by == "message" and isinstance(message, str) else None


__all__ = ["DELIVER", "Announcer", "enqueue", "order_key", "wants"]
