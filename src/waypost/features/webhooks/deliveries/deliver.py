"""Make what is due at one endpoint: send, note every attempt, plan the next."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from waypost.base.clock import Clock, monotonic
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import NotFound
from waypost.base.ids import jitter
from waypost.base.secret import Secret
from waypost.base.tasks import Sleep
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries import store
from waypost.features.webhooks.deliveries.round import Ending, Round, alike, chains_of
from waypost.features.webhooks.deliveries.schedule import PAUSE_AFTER, REST, due_again, verdict
from waypost.features.webhooks.deliveries.send import Sender
from waypost.features.webhooks.deliveries.store import WebhookDelivery
from waypost.features.webhooks.deliveries.wake import (
    is_resting,
    wake,
    wake_after_rest,
    wake_again,
    wake_at,
)
from waypost.features.webhooks.secrets import Secrets
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Events
from waypost.kernel.events.types import PAUSED
from waypost.kernel.jobs import Jobs

AT_ONCE = 8
MOST_IN_A_ROUND = 200
LONGEST_ROUND = 2.0
"""Seconds after which a round begins nothing more: what it has made is noted, and survives a crash."""
LONGEST_JOB = 10.0
"""Seconds after which a job hands over to the next one, so that every process has its turn."""
LOOKS = 5
LOOK_SECONDS = 0.1
"""How often a job looks for more before it ends: to begin one costs more than to look."""
_EARLY = 1.0
"""What is due within a second is due: a job may come a moment early."""
LATE_SECONDS = 600.0


@dataclass(slots=True)
class _Job:
    """One job: for whom, until when, and the secrets it has opened."""

    environment_id: str
    webhook_id: str
    ends_at: float
    secrets: Sequence[Secret] = ()
    opened_for: float | None = None


class Deliverer:
    """Bring events to customers' endpoints."""

    def __init__(
        self,
        database: Database,
        *,
        events: Events,
        jobs: Jobs,
        secrets: Secrets,
        sender: Sender,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._events = events
        self._jobs = jobs
        self._secrets = secrets
        self._sender = sender
        self._clock = clock
        self._sleep = sleep

    async def work(self, payload: Mapping[str, Any]) -> None:
        """Do one job; run twice, it sends again only what it could not note as delivered.

        Whoever tells an event meanwhile calls nobody else: it is seen before the job ends.
        """
        job = _Job(payload["environment_id"], payload["webhook_id"], monotonic() + LONGEST_JOB)
        # NotFound: the endpoint was deleted, and its deliveries with it.
        with suppress(NotFound):
            while await self._round(job):
                pass

    async def _round(self, job: _Job) -> bool:
        """Make what is due now; say whether the job goes on."""
        done = await self._taken_up(job)
        if is_resting(done.webhook, self._clock.now()):
            return False
        if done.webhook.paused_at is not None or not done.webhook.is_active:
            await self._hold(done.webhook)
            return False
        if not done.chains and not done.endings:
            is_more = monotonic() < job.ends_at and await self._linger(done.webhook)
            return is_more or not await self._end(done.webhook)
        await asyncio.gather(*(self._run(done) for _ in range(AT_ONCE)))
        return await self._conclude(done, is_last=monotonic() >= job.ends_at)

    async def look_for_late(self, _payload: Mapping[str, Any]) -> None:
        """Call somebody for what is long due: its job failed too often, or is of another version."""
        now = self._clock.now()
        async with self._database.read() as connection:
            late = await store.overdue(connection, now - LATE_SECONDS)
        for environment_id, webhook_id in late:
            async with self._database.write() as connection:
                for webhook in await endpoints.locked(connection, environment_id, [webhook_id]):
                    await wake(connection, self._jobs, webhook, now)

    async def _linger(self, webhook: Webhook) -> bool:
        """Wait a moment for more; say whether there is."""
        for _ in range(LOOKS):
            await self._sleep(LOOK_SECONDS)
            async with self._database.read() as connection:
                at = await store.next_due(connection, webhook.environment_id, webhook.id)
            if at is not None and at <= self._clock.now():
                return True
        return False

    async def _end(self, webhook: Webhook) -> bool:
        """Say that the next event calls the next job; False where something came meanwhile."""
        environment_id, now = webhook.environment_id, self._clock.now()
        async with self._database.write() as connection:
            await _locked(connection, environment_id, webhook.id)
            at = await store.next_due(connection, environment_id, webhook.id)
            if at is not None and at <= now + _EARLY:
                return False
            await endpoints.change(connection, environment_id, webhook.id, {"wake_at": None})
            if at is not None:
                await wake_at(connection, self._jobs, webhook, at)
        return True

    async def _hold(self, webhook: Webhook) -> None:
        async with self._database.write() as connection:
            await _locked(connection, webhook.environment_id, webhook.id)
            now = self._clock.now()
            await store.hold(connection, webhook.environment_id, webhook.id, now)
            changes = {"wake_at": None}
            await endpoints.change(connection, webhook.environment_id, webhook.id, changes)

    async def _taken_up(self, job: _Job) -> Round:
        """Read what is due, with its events and whatever else is to arrive in the same orders."""
        environment_id, now = job.environment_id, self._clock.now()
        async with self._database.read() as connection:
            webhook = await endpoints.get(connection, environment_id, job.webhook_id)
            due = await store.due(
                connection, environment_id, webhook.id, now + _EARLY, MOST_IN_A_ROUND
            )
            keys = sorted({each.order_key for each in due if each.order_key is not None})
            others = (
                await store.in_order(connection, environment_id, webhook.id, keys) if keys else []
            )
            wanted = sorted({each.event_id for each in (*due, *others)})
            events = await self._events.of_ids(connection, environment_id, wanted) if wanted else []
        if due and job.opened_for != webhook.updated_at:  # a rotation changes it
            job.opened_for, job.secrets = webhook.updated_at, await self._secrets.open(webhook)
        done = Round(
            webhook,
            job.secrets,
            {event.id: event for event in events},
            deque(),
            ends_at=monotonic() + LONGEST_ROUND,
        )
        places = {event.id: place for place, event in enumerate(events)}
        for chain in chains_of(due, others, places):
            first, *rest = chain
            if first in due:
                done.chains.append([each for each in chain if each in due])
            else:
                self._postpone(done, rest, first.next_at)
        return done

    async def _run(self, done: Round) -> None:
        """Send one chain after the other, as one of several that do."""
        while done.chains and not done.is_over:
            await self._send_chain(done, done.chains.popleft())

    async def _send_chain(self, done: Round, chain: Sequence[WebhookDelivery]) -> None:
        for place, delivery in enumerate(chain):
            if done.is_over:
                return
            ending = await self._deliver(done, delivery)
            done.endings.append(ending)
            if ending.state == "waiting":
                self._postpone(done, chain[place + 1 :], ending.next_at)
                return

    async def _deliver(self, done: Round, delivery: WebhookDelivery) -> Ending:
        event = done.events.get(delivery.event_id)
        if event is None:
            return Ending(delivery, "failed")  # older than events are kept
        number = delivery.attempts + 1
        attempt = await self._sender.send(done.webhook, done.secrets, event, delivery.id, number)
        meant = verdict(attempt.status)
        done.silences = done.silences + 1 if attempt.status is None else 0
        done.is_gone = done.is_gone or meant == "gone"
        if meant == "delivered":
            return Ending(delivery, "delivered", attempt)
        at = due_again(number, self._clock.now(), jitter())
        return Ending(delivery, "failed" if at is None else "waiting", attempt, at)

    def _postpone(self, done: Round, rest: Iterable[WebhookDelivery], until: float | None) -> None:
        """Leave what comes after a delivery that has not arrived until that one is tried again."""
        at = max(until or 0.0, self._clock.now() + _EARLY + 1.0)
        done.endings += [Ending(each, "waiting", next_at=at) for each in rest]

    async def _conclude(self, done: Round, *, is_last: bool) -> bool:
        """Note everything in one transaction; say whether this job goes on."""
        environment_id, now = done.webhook.environment_id, self._clock.now()
        async with self._database.write() as connection:
            webhook = await _locked(connection, environment_id, done.webhook.id)
            attempts = [each.attempt for each in done.endings if each.attempt is not None]
            if attempts:
                await store.add_attempts(connection, attempts)
            for values, ids in alike(done.endings):
                changes = {**values, "updated_at": now}
                await store.change(connection, environment_id, ids, changes)
            if await self._judge(connection, done, webhook, now):
                return False
            if done.is_tired:
                await wake_after_rest(connection, self._jobs, webhook, now + REST)
            elif is_last:
                await wake_again(connection, self._jobs, webhook, now)
        return not (done.is_tired or is_last)

    async def _judge(
        self, connection: AsyncConnection, done: Round, webhook: Webhook, now: float
    ) -> bool:
        """Keep since when an endpoint takes nothing; pause it after days, and say whether it is."""
        took = done.is_any("delivered")
        since = webhook.failing_since
        changes: dict[str, Any] = {}
        if took and since is not None:
            changes = {"failing_since": None}
        elif since is None and (done.is_any("waiting") or done.is_any("failed")) and not took:
            since = now
            changes = {"failing_since": now}
        is_spent = not took and since is not None and now - since >= PAUSE_AFTER
        if done.is_gone or is_spent:
            reason = "it answered 410 Gone" if done.is_gone else "it took nothing for days"
            changes = {"paused_at": now, "pause_reason": reason, "wake_at": None}
        if changes:
            await endpoints.change(connection, webhook.environment_id, webhook.id, changes)
        if "paused_at" not in changes:
            return False
        await store.hold(connection, webhook.environment_id, webhook.id, now)
        told = {"id": webhook.id, "target_url": webhook.target_url, "reason": reason}
        await self._events.append(connection, webhook.environment_id, PAUSED, told)
        return True


async def _locked(connection: AsyncConnection, environment_id: str, webhook_id: str) -> Webhook:
    """Return an endpoint, ours to change; raises NotFound."""
    for webhook in await endpoints.locked(connection, environment_id, [webhook_id]):
        return webhook
    raise NotFound("There is no such webhook.")


__all__ = ["Deliverer"]
