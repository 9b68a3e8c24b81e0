"""Hear events, and write down what the endpoints that asked for them are to get."""

from collections.abc import Sequence

from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.ids import new_id
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries import store
from waypost.features.webhooks.deliveries.store import WebhookDelivery
from waypost.features.webhooks.deliveries.wake import wake
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event, message_of
from waypost.kernel.events.types import PAUSED
from waypost.kernel.jobs import Jobs


class Announcer:
    """Turn events into deliveries, in the transaction in which they happened."""

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock

    async def hear(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """Write down who is to get these events, and have it done."""
        environment_id = events[0].environment_id
        wanted = {
            webhook.id: mine
            for webhook in await endpoints.listening(connection, environment_id)
            if (mine := [event for event in events if wants(webhook, event)])
        }
        if not wanted:
            return
        now = self._clock.now()
        listening = await endpoints.locked(connection, environment_id, list(wanted))
        made = [
            _delivery(webhook, event, now) for webhook in listening for event in wanted[webhook.id]
        ]
        if made:
            await store.add_all(connection, made)
        for webhook in listening:
            if webhook.paused_at is None:
                await wake(connection, self._jobs, webhook, now)


def wants(webhook: Webhook, event: Event) -> bool:
    """Say whether an endpoint asked for an event: by its type, and by whose it is.

    An event that names an endpoint (a batch of a sync) is for that one alone; that an endpoint was
    paused is for the others, since it would be held for itself until it is news no more.
    """
    if event.type == PAUSED and event.payload.get("id") == webhook.id:
        return False
    if event.payload.get("webhook_id", webhook.id) != webhook.id:
        return False
    if webhook.event_types is not None and event.type not in webhook.event_types:
        return False
    tenants = webhook.tenant_ids
    return tenants is None or event.payload.get("tenant_id") in tenants


def order_key(webhook: Webhook, event: Event) -> str | None:
    """Return what an endpoint wants in order: the events of one message, where it asked for that."""
    return message_of(event.payload) if webhook.ordered_by == "message" else None


def _delivery(webhook: Webhook, event: Event, now: float) -> WebhookDelivery:
    is_paused = webhook.paused_at is not None
    return WebhookDelivery(
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


__all__ = ["Announcer", "order_key", "wants"]
