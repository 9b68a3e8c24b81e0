"""The parts that bring events to endpoints, put together."""

from dataclasses import dataclass

from waypost.base.ids import new_id
from waypost.features.webhooks.deliveries.announce import DELIVER, Announcer
from waypost.features.webhooks.deliveries.deliver import Deliverer
from waypost.features.webhooks.deliveries.desk import Desk
from waypost.features.webhooks.deliveries.store import Attempt
from waypost.features.webhooks.secrets import Secrets
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event
from waypost.kernel.jobs import Handler
from waypost.kernel.kernel import Kernel


@dataclass(frozen=True, slots=True)
class Delivering:
    """Who hears events, who delivers them, and who shows how that went."""

    announcer: Announcer
    deliverer: Deliverer
    desk: Desk
    secrets: Secrets
    kernel: Kernel

    async def test(self, webhook: Webhook) -> Attempt:
        """Send the event `test` to an endpoint, now and once."""
        now = self.kernel.clock.now()
        event = Event(new_id(), webhook.environment_id, "test", {"foo": "bar"}, now)
        return await self.deliverer.test(webhook, event)


def delivering(kernel: Kernel) -> Delivering:
    """Put the parts together."""
    secrets = Secrets(kernel.database, kernel.vault, clock=kernel.clock)
    return Delivering(
        announcer=Announcer(kernel.jobs, kernel.clock),
        deliverer=Deliverer(
            kernel.database,
            events=kernel.events,
            jobs=kernel.jobs,
            secrets=secrets,
            transport=kernel.transport,
            clock=kernel.clock,
            encoding=kernel.settings.webhook_signature,
        ),
        desk=Desk(kernel.database, kernel.jobs, kernel.clock),
        secrets=secrets,
        kernel=kernel,
    )


def handlers(kernel: Kernel) -> list[Handler]:
    """Return the durable work of deliveries."""
    return [Handler(DELIVER, delivering(kernel).deliverer.work, lane="deliveries")]


def listen(kernel: Kernel) -> None:
    """Hear every event from now on."""
    kernel.events.subscribe(delivering(kernel).announcer.hear)
