"""Make the deliveries of one job: sign, send, note the attempt, plan the next."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from waypost.base.clock import Clock, monotonic
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import NotFound, WaypostError
from waypost.base.ids import jitter
from waypost.base.secret import Secret
from waypost.engine.transport import (
    Deadlines,
    OutgoingRequest,
    ProviderResponse,
    Transport,
)
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries import store
from waypost.features.webhooks.deliveries.announce import enqueue
from waypost.features.webhooks.deliveries.schedule import (
    MOST_SILENCES,
    PAUSE_AFTER,
    REST,
    verdict,
    wait_after,
)
from waypost.features.webhooks.deliveries.sign import Encoding, envelope, signed_headers
from waypost.features.webhooks.deliveries.store import Attempt, WebhookDelivery
from waypost.features.webhooks.secrets import Secrets
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event, Events
from waypost.kernel.jobs import Jobs

DEADLINES = Deadlines(connect=5.0, first_byte=15.0, idle=5.0, total=20.0)
MOST_KEPT = 1000
"""How much of an endpoint's answer is kept, in bytes."""
AT_ONCE = 8


@dataclass(slots=True)
class _Round:
    """What one job has done so far."""

    environment_id: str
    webhook: Webhook
    secrets: Sequence[Secret]
    attempts: list[Attempt]
    delivered: list[str]
    failed: list[str]
    again: list[tuple[float, str]]
    silences: int = 0
    is_gone: bool = False


class Deliverer:
    """Bring events to customers' endpoints."""

    def __init__(
        self,
        database: Database,
        *,
        events: Events,
        jobs: Jobs,
        secrets: Secrets,
        transport: Transport,
        clock: Clock,
        encoding: Encoding,
    ) -> None:
        self._database = database
        self._events = events
        self._jobs = jobs
        self._secrets = secrets
        self._transport = transport
        self._clock = clock
        self._encoding = encoding

    async def work(self, payload: Mapping[str, Any]) -> None:
        """Do one job; run twice, it sends again only what it could not note as delivered."""
        environment_id = payload["environment_id"]
        try:
            async with self._database.read() as connection:
                webhook = await endpoints.get(connection, environment_id, payload["webhook_id"])
                waiting = await store.of_ids(connection, environment_id, payload["deliveries"])
        except NotFound:
            return  # the endpoint was deleted, and its deliveries with it
        if not waiting:
            return
        if webhook.paused_at is not None or not webhook.is_active:
            await self._hold(environment_id, [each.id for each in waiting])
            return
        secrets = await self._secrets.open(webhook)
        done = _Round(environment_id, webhook, secrets, [], [], [], [])
        for group in _groups(waiting):
            await self._deliver_group(done, group)
        await self._conclude(done)

    async def test(self, webhook: Webhook, event: Event) -> Attempt:
        """Send one event now, whatever its endpoint asked for; nothing is planned after it."""
        secrets = await self._secrets.open(webhook)
        return await self._attempt(webhook, secrets, event, "test", 1)

    async def _deliver_group(self, done: _Round, group: Sequence[WebhookDelivery]) -> None:
        if done.silences >= MOST_SILENCES or done.is_gone:
            rest = self._clock.now() + REST
            done.again += [(rest, each.id) for each in group]
            return
        await asyncio.gather(*(self._deliver(done, each) for each in group))

    async def _deliver(self, done: _Round, delivery: WebhookDelivery) -> None:
        if delivery.order_key is not None and await self._must_wait(done, delivery):
            done.again.append((self._clock.now() + REST, delivery.id))
            return
        try:
            event = await self._events.get(done.environment_id, delivery.event_id)
        except NotFound:
            done.failed.append(delivery.id)  # older than events are kept
            return
        number = delivery.attempts + 1
        attempt = await self._attempt(done.webhook, done.secrets, event, delivery.id, number)
        done.attempts.append(attempt)
        meant = verdict(attempt.status)
        done.silences = done.silences + 1 if attempt.status is None else 0
        done.is_gone = done.is_gone or meant == "gone"
        if meant == "delivered":
            done.delivered.append(delivery.id)
            return
        wait = wait_after(number, jitter())
        if wait is None:
            done.failed.append(delivery.id)
        else:
            done.again.append((self._clock.now() + wait, delivery.id))

    async def _must_wait(self, done: _Round, delivery: WebhookDelivery) -> bool:
        """Say whether an earlier event of the same message is still on its way."""
        async with self._database.read() as connection:
            earlier = await store.waiting_before(connection, done.environment_id, delivery)
        return bool(set(earlier) - set(done.delivered))

    async def _attempt(
        self,
        webhook: Webhook,
        secrets: Sequence[Secret],
        event: Event,
        delivery_id: str,
        number: int,
    ) -> Attempt:
        body = envelope(event, webhook.id)
        now = self._clock.now()
        headers = signed_headers(event.id, body, secrets, now=now, encoding=self._encoding)
        request = OutgoingRequest("POST", webhook.target_url, headers, body)
        began = monotonic()
        status, answer, error = None, None, None
        try:
            response = await self._transport.send(request, DEADLINES)
            status = response.status
            answer = await _beginning(response)
        except WaypostError as failure:
            error = failure.message
        took = int((monotonic() - began) * 1000)
        return Attempt(
            webhook.environment_id, delivery_id, number, now, took, status, error, answer
        )

    async def _hold(self, environment_id: str, ids: Sequence[str]) -> None:
        async with self._database.write() as connection:
            values = {"state": "held", "next_at": None, "updated_at": self._clock.now()}
            await store.change(connection, environment_id, ids, values)

    async def _conclude(self, done: _Round) -> None:
        """Note everything, and what comes next, in one transaction."""
        now = self._clock.now()
        tried = {each.delivery_id: each.number for each in done.attempts}
        async with self._database.write() as connection:
            if done.attempts:
                await store.add_attempts(connection, done.attempts)
            for number in sorted(set(tried.values())):
                ids = [each for each, tries in tried.items() if tries == number]
                values: dict[str, Any] = {"attempts": number, "updated_at": now}
                await store.change(connection, done.environment_id, ids, values)
            for ids, state in ((done.delivered, "delivered"), (done.failed, "failed")):
                if ids:
                    values = {"state": state, "next_at": None, "updated_at": now}
                    await store.change(connection, done.environment_id, ids, values)
            await self._plan(connection, done)
            await self._judge(connection, done, now)

    async def _plan(self, connection: AsyncConnection, done: _Round) -> None:
        """Enqueue what is to be tried again, what is due together in one job."""
        by_slot: dict[int, list[tuple[float, str]]] = {}
        for at, delivery_id in done.again:
            by_slot.setdefault(int(at // REST), []).append((at, delivery_id))
        for planned in by_slot.values():
            at = max(when for when, _ in planned)
            ids = [delivery_id for _, delivery_id in planned]
            values = {"next_at": at, "updated_at": self._clock.now()}
            await store.change(connection, done.environment_id, ids, values)
            await enqueue(connection, self._jobs, done.environment_id, done.webhook.id, ids, at=at)

    async def _judge(self, connection: AsyncConnection, done: _Round, now: float) -> None:
        """Keep since when an endpoint takes nothing, and pause it when that has gone on for days."""
        webhook = done.webhook
        changes: dict[str, Any] = {}
        if done.delivered and webhook.failing_since is not None:
            changes = {"failing_since": None}
        elif done.attempts and not done.delivered and webhook.failing_since is None:
            changes = {"failing_since": now}
        since = now if webhook.failing_since is None else webhook.failing_since
        is_spent = not done.delivered and bool(done.attempts) and now - since >= PAUSE_AFTER
        if done.is_gone or is_spent:
            reason = "it answered 410 Gone" if done.is_gone else "it took nothing for days"
            changes = {"paused_at": now, "pause_reason": reason}
        if not changes:
            return
        await endpoints.change(connection, done.environment_id, webhook.id, changes)
        if "paused_at" in changes:
            told = {"id": webhook.id, "target_url": webhook.target_url, "reason": reason}
            await self._events.append(
                connection, done.environment_id, "webhook_endpoint.paused", told
            )


def _groups(waiting: Sequence[WebhookDelivery]) -> list[list[WebhookDelivery]]:
    """Return what may be sent at once: several, but of one message one after the other."""
    groups: list[list[WebhookDelivery]] = [[]]
    for delivery in waiting:
        keys = {each.order_key for each in groups[-1]}
        is_full = len(groups[-1]) >= AT_ONCE
        if is_full or (delivery.order_key is not None and delivery.order_key in keys):
            groups.append([])
        groups[-1].append(delivery)
    return groups


async def _beginning(response: ProviderResponse) -> str:
    """Return the beginning of an answer; the rest is not read."""
    kept = bytearray()
    try:
        async for chunk in response.chunks():
            kept += chunk
            if len(kept) >= MOST_KEPT:
                break
    finally:
        await response.close()
    return bytes(kept[:MOST_KEPT]).decode("utf-8", "replace").replace("\0", "\ufffd")


__all__ = ["Deliverer"]
