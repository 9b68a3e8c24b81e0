"""Make what is due at one endpoint: send, note every attempt, plan the next."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from waypost.base.clock import Clock, monotonic
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import NotFound
from waypost.base.ids import jitter
from waypost.base.secret import Secret
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries import store
from waypost.features.webhooks.deliveries.schedule import (
    MOST_SILENCES,
    PAUSE_AFTER,
    REST,
    due_again,
    verdict,
)
from waypost.features.webhooks.deliveries.send import Sender
from waypost.features.webhooks.deliveries.store import Attempt, WebhookDelivery
from waypost.features.webhooks.deliveries.wake import is_resting, wake, wake_after_rest, wake_at
from waypost.features.webhooks.secrets import Secrets
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event, Events
from waypost.kernel.jobs import Jobs

AT_ONCE = 8
MOST_IN_A_JOB = 200
LONGEST_JOB = 10.0
"""Seconds after which a job begins nothing more: what it has made is noted, and survives a crash."""
_EARLY = 1.0
"""What is due within a second is due: a job may come a moment early."""
LATE_SECONDS = 600.0


@dataclass(slots=True)
class _Ending:
    """What became of one delivery: its attempt, if one was made, and when it is due again."""

    delivery: WebhookDelivery
    state: str
    attempt: Attempt | None = None
    next_at: float | None = None


@dataclass(slots=True)
class _Round:
    """One job: what it has to send, to whom, and what became of it so far."""

    webhook: Webhook
    secrets: Sequence[Secret]
    events: Mapping[str, Event]
    chains: deque[list[WebhookDelivery]]
    ends_at: float
    endings: list[_Ending] = field(default_factory=list)
    silences: int = 0
    is_gone: bool = False

    @property
    def is_over(self) -> bool:
        """Say whether nothing more is to be begun."""
        return self.is_gone or self.is_tired or monotonic() >= self.ends_at

    @property
    def is_tired(self) -> bool:
        """Say whether the endpoint does not answer at all."""
        return self.silences >= MOST_SILENCES

    def is_any(self, state: str) -> bool:
        """Say whether an attempt ended so."""
        return any(each.state == state and each.attempt is not None for each in self.endings)


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
    ) -> None:
        self._database = database
        self._events = events
        self._jobs = jobs
        self._secrets = secrets
        self._sender = sender
        self._clock = clock

    async def work(self, payload: Mapping[str, Any]) -> None:
        """Do one job; run twice, it sends again only what it could not note as delivered."""
        try:
            webhook = await self._begin(payload["environment_id"], payload["webhook_id"])
            if webhook is None:
                return
            done = await self._taken_up(webhook)
            if done.chains:
                await asyncio.gather(*(self._run(done) for _ in range(AT_ONCE)))
            await self._conclude(done)
        except NotFound:
            return  # the endpoint was deleted, and its deliveries with it

    async def look_for_late(self, _payload: Mapping[str, Any]) -> None:
        """Call somebody for what is long due: its job failed too often, or is of another version."""
        now = self._clock.now()
        async with self._database.read() as connection:
            late = await store.overdue(connection, now - LATE_SECONDS)
        for environment_id, webhook_id in late:
            async with self._database.write() as connection:
                for webhook in await endpoints.locked(connection, environment_id, [webhook_id]):
                    await wake(connection, self._jobs, webhook, now)

    async def _begin(self, environment_id: str, webhook_id: str) -> Webhook | None:
        """Say that the next event calls the next job; None where there is nothing to do now."""
        now = self._clock.now()
        async with self._database.write() as connection:
            webhook = await _locked(connection, environment_id, webhook_id)
            if is_resting(webhook, now):
                return None
            await endpoints.change(connection, environment_id, webhook_id, {"wake_at": None})
            if webhook.paused_at is None and webhook.is_active:
                return webhook
            await store.hold(connection, environment_id, webhook_id, now)
            return None

    async def _taken_up(self, webhook: Webhook) -> _Round:
        """Read what is due, with its events and whatever else is to arrive in the same orders."""
        environment_id, now = webhook.environment_id, self._clock.now()
        async with self._database.read() as connection:
            due = await store.due(
                connection, environment_id, webhook.id, now + _EARLY, MOST_IN_A_JOB
            )
            keys = sorted({each.order_key for each in due if each.order_key is not None})
            others = (
                await store.in_order(connection, environment_id, webhook.id, keys) if keys else []
            )
            wanted = {each.event_id for each in (*due, *others)}
            events = await self._events.of_ids(connection, environment_id, sorted(wanted))
        secrets = await self._secrets.open(webhook) if due else []
        done = _Round(
            webhook,
            secrets,
            {event.id: event for event in events},
            deque(),
            ends_at=monotonic() + LONGEST_JOB,
        )
        places = {event.id: place for place, event in enumerate(events)}
        for chain in chains_of(due, others, places):
            first, *rest = chain
            if first in due:
                done.chains.append([each for each in chain if each in due])
            else:
                self._postpone(done, rest, first.next_at)
        return done

    async def _run(self, done: _Round) -> None:
        """Send one chain after the other, as one of several that do."""
        while done.chains and not done.is_over:
            await self._send_chain(done, done.chains.popleft())

    async def _send_chain(self, done: _Round, chain: Sequence[WebhookDelivery]) -> None:
        for place, delivery in enumerate(chain):
            if done.is_over:
                return
            ending = await self._deliver(done, delivery)
            done.endings.append(ending)
            if ending.state == "waiting":
                self._postpone(done, chain[place + 1 :], ending.next_at)
                return

    async def _deliver(self, done: _Round, delivery: WebhookDelivery) -> _Ending:
        event = done.events.get(delivery.event_id)
        if event is None:
            return _Ending(delivery, "failed")  # older than events are kept
        number = delivery.attempts + 1
        attempt = await self._sender.send(done.webhook, done.secrets, event, delivery.id, number)
        meant = verdict(attempt.status)
        done.silences = done.silences + 1 if attempt.status is None else 0
        done.is_gone = done.is_gone or meant == "gone"
        if meant == "delivered":
            return _Ending(delivery, "delivered", attempt)
        at = due_again(number, self._clock.now(), jitter())
        return _Ending(delivery, "failed" if at is None else "waiting", attempt, at)

    def _postpone(self, done: _Round, rest: Iterable[WebhookDelivery], until: float | None) -> None:
        """Leave what comes after a delivery that has not arrived until that one is tried again."""
        at = max(until or 0.0, self._clock.now() + _EARLY + 1.0)
        done.endings += [_Ending(each, "waiting", next_at=at) for each in rest]

    async def _conclude(self, done: _Round) -> None:
        """Note everything, and what comes next, in one transaction."""
        if not done.endings:
            return
        environment_id, now = done.webhook.environment_id, self._clock.now()
        async with self._database.write() as connection:
            webhook = await _locked(connection, environment_id, done.webhook.id)
            attempts = [each.attempt for each in done.endings if each.attempt is not None]
            if attempts:
                await store.add_attempts(connection, attempts)
            for values, ids in _alike(done.endings):
                changes = {**values, "updated_at": now}
                await store.change(connection, environment_id, ids, changes)
            if not await self._judge(connection, done, webhook, now):
                await self._plan(connection, done, webhook, now)

    async def _plan(
        self, connection: AsyncConnection, done: _Round, webhook: Webhook, now: float
    ) -> None:
        """Call the next job, for what is due still or next."""
        at = await store.next_due(connection, webhook.environment_id, webhook.id)
        if at is None:
            return
        if done.is_tired:
            await wake_after_rest(connection, self._jobs, webhook, now + REST)
        elif at <= now:
            await wake(connection, self._jobs, webhook, now)
        else:
            await wake_at(connection, self._jobs, webhook, at)

    async def _judge(
        self, connection: AsyncConnection, done: _Round, webhook: Webhook, now: float
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
            changes = {"paused_at": now, "pause_reason": reason}
        if changes:
            await endpoints.change(connection, webhook.environment_id, webhook.id, changes)
        if "paused_at" not in changes:
            return False
        await store.hold(connection, webhook.environment_id, webhook.id, now)
        told = {"id": webhook.id, "target_url": webhook.target_url, "reason": reason}
        await self._events.append(
            connection, webhook.environment_id, "webhook_endpoint.paused", told
        )
        return True


async def _locked(connection: AsyncConnection, environment_id: str, webhook_id: str) -> Webhook:
    """Return an endpoint, ours to change; raises NotFound."""
    for webhook in await endpoints.locked(connection, environment_id, [webhook_id]):
        return webhook
    raise NotFound("There is no such webhook.")


def _alike(endings: Iterable[_Ending]) -> list[tuple[dict[str, Any], list[str]]]:
    """Return the changes of deliveries, with the ids of those that share them."""
    found: dict[tuple[str, int, float | None], list[str]] = {}
    for each in endings:
        tried = each.delivery.attempts if each.attempt is None else each.attempt.number
        found.setdefault((each.state, tried, each.next_at), []).append(each.delivery.id)
    return [
        ({"state": state, "attempts": tried, "next_at": at}, ids)
        for (state, tried, at), ids in found.items()
    ]


def chains_of(
    due: Sequence[WebhookDelivery],
    others: Sequence[WebhookDelivery],
    places: Mapping[str, int],
) -> list[list[WebhookDelivery]]:
    """Return what is sent one after the other: each delivery alone, but those of one order together.

    `others` are all that wait in the orders of `due`; `places` say in which order events happened.
    """
    alone = [[each] for each in due if each.order_key is None]
    ordered: dict[str, list[WebhookDelivery]] = {}
    for each in sorted(others, key=lambda one: places.get(one.event_id, -1)):
        ordered.setdefault(str(each.order_key), []).append(each)
    return [*alone, *ordered.values()]


__all__ = ["Deliverer", "chains_of"]
