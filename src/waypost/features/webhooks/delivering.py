"""The parts that bring events to endpoints, put together."""

from dataclasses import dataclass

from waypost.base.ids import new_id
from waypost.features.webhooks import store
from waypost.features.webhooks.deliveries.announce import Announcer
from waypost.features.webhooks.deliveries.deliver import LATE_SECONDS, Deliverer
from waypost.features.webhooks.deliveries.send import Sender
from waypost.features.webhooks.deliveries.store import Attempt
from waypost.features.webhooks.deliveries.wake import DELIVER
from waypost.features.webhooks.secrets import Secrets
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event
from waypost.kernel.jobs import Backoff, Handler
from waypost.kernel.kernel import Kernel

LATE = "webhooks.late"
BACKOFF = Backoff(attempts=30, first=1.0, factor=2.0, most=30.0)
"""A database that is away for a minute delays deliveries for a minute, not for an hour."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What sends the event `test` to an endpoint."""

    kernel: Kernel
    secrets: Secrets

    async def send(self, webhook: Webhook) -> Attempt:
        """Send it now and once, whatever the endpoint asked for."""
        now = self.kernel.clock.now()
        event = Event(new_id(), webhook.environment_id, "test", {"foo": "bar"}, now)
        secrets = await self.secrets.open(webhook)
        return await _sender(self.kernel).send(webhook, secrets, event, "test", 1)


def keys(kernel: Kernel) -> Secrets:
    """Return what opens and rotates the secrets of endpoints."""
    return Secrets(kernel.database, kernel.vault, clock=kernel.clock)


def handlers(kernel: Kernel) -> list[Handler]:
    """Return the durable work of deliveries."""
    deliverer = Deliverer(
        kernel.database,
        events=kernel.events,
        jobs=kernel.jobs,
        secrets=keys(kernel),
        sender=_sender(kernel),
        clock=kernel.clock,
    )
    return [
        Handler(DELIVER, deliverer.work, lane="deliveries", backoff=BACKOFF),
        Handler(LATE, deliverer.look_for_late, every=LATE_SECONDS),
    ]


def listen(kernel: Kernel) -> None:
    """Hear every event from now on, and say which endpoints there are."""
    kernel.events.addressed_by(store.among)
    kernel.events.subscribe(Announcer(kernel.jobs, kernel.clock).hear)


def _sender(kernel: Kernel) -> Sender:
    return Sender(kernel.transport, kernel.clock, kernel.settings.webhook_signature)
