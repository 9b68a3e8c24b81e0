"""Have somebody look at what waits for an endpoint: one job now, one for what is due next.

A job names its endpoint and no delivery: it makes whatever is due. So a flood of events costs an
endpoint one waiting job, not one for each event, and an endpoint that hangs one for each rest.
"""

from waypost.base.connection import AsyncConnection
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries.schedule import REST
from waypost.features.webhooks.store import Webhook
from waypost.kernel.jobs import Jobs, NewJob

DELIVER = "webhooks.deliver"
FORGOTTEN = REST
"""A job that was called so long ago and has not begun may be lost: another is called."""
_EARLY = 5.0


def is_called(webhook: Webhook, now: float) -> bool:
    """Say whether somebody is on the way already."""
    return webhook.wake_at is not None and webhook.wake_at > now - FORGOTTEN


def is_resting(webhook: Webhook, now: float) -> bool:
    """Say whether an endpoint that does not answer is to be left alone; hosts' clocks may differ."""
    return webhook.wake_at is not None and webhook.wake_at > now + _EARLY


async def wake(connection: AsyncConnection, jobs: Jobs, webhook: Webhook, now: float) -> None:
    """Have made what is due; `webhook` is locked, and nothing happens where somebody is called."""
    if not is_called(webhook, now):
        await wake_again(connection, jobs, webhook, now)


async def wake_again(connection: AsyncConnection, jobs: Jobs, webhook: Webhook, now: float) -> None:
    """Call the next job, whoever was called; `webhook` is locked."""
    await endpoints.change(connection, webhook.environment_id, webhook.id, {"wake_at": now})
    await jobs.enqueue(connection, _job(webhook))


async def wake_after_rest(
    connection: AsyncConnection, jobs: Jobs, webhook: Webhook, at: float
) -> None:
    """Leave an endpoint alone until a moment, whatever happens; `webhook` is locked."""
    await endpoints.change(connection, webhook.environment_id, webhook.id, {"wake_at": at})
    await jobs.enqueue(connection, _job(webhook, at=at))


async def wake_at(connection: AsyncConnection, jobs: Jobs, webhook: Webhook, at: float) -> None:
    """Have made at a moment what is due by then; one job, however often it is asked for."""
    await jobs.enqueue(connection, _job(webhook, at=at, key=f"{webhook.id}@{at:.3f}"))


def _job(webhook: Webhook, *, at: float | None = None, key: str | None = None) -> NewJob:
    payload = {"environment_id": webhook.environment_id, "webhook_id": webhook.id}
    return NewJob(DELIVER, payload, key=key, at=at, partition=webhook.id)


__all__ = ["DELIVER", "is_called", "is_resting", "wake", "wake_after_rest", "wake_again", "wake_at"]
