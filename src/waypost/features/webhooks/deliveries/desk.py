"""Deliveries as a customer handles them: seen, replayed, taken up again after a pause."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from waypost.base.clock import Clock, iso
from waypost.base.database import Database
from waypost.base.errors import InvalidRequest, NotFound
from waypost.base.listing import Condition, Listing, Page, read_conditions
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries import store
from waypost.features.webhooks.deliveries.store import DELIVERY_FILTERS, Attempt, WebhookDelivery
from waypost.features.webhooks.deliveries.wake import wake
from waypost.kernel.jobs import Jobs
from waypost.kernel.wire import Body

STATES = ("waiting", "delivered", "failed", "held")
MOST_EVENTS = 1000
MOST_OVERLAP = 30 * 86_400


class Replay(Body):
    """The body of POST /webhook/{id}/replay: which deliveries, at least by one of these."""

    event_ids: list[str] | None = None
    event_type: str | None = None
    state: str | None = None
    created_at: dict[str, str] | None = None


class Rotation(Body):
    """The body of POST /webhook/{id}/rotate-secret; the old secret counts for a day by default."""

    overlap_seconds: int | None = None

    def overlap(self, otherwise: float) -> float:
        """Return how long the old secret counts, in seconds; raises InvalidRequest."""
        given = self.overlap_seconds
        if given is not None and not 0 <= given <= MOST_OVERLAP:
            raise InvalidRequest(f"overlap_seconds is from 0 to {MOST_OVERLAP}.")
        return otherwise if given is None else float(given)


class Desk:
    """Show deliveries, and have them made again."""

    def __init__(self, database: Database, jobs: Jobs, clock: Clock) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock

    async def page(
        self, environment_id: str, webhook_id: str, listing: Listing
    ) -> Page[WebhookDelivery]:
        """Return a page of an endpoint's deliveries; raises NotFound, InvalidRequest for a state."""
        _check_states(listing.conditions)
        async with self._database.read() as connection:
            await endpoints.get(connection, environment_id, webhook_id)
            return await store.list_deliveries(connection, environment_id, webhook_id, listing)

    async def get(
        self, environment_id: str, webhook_id: str, delivery_id: str
    ) -> tuple[WebhookDelivery, Sequence[Attempt]]:
        """Return one delivery and its attempts; raises NotFound."""
        async with self._database.read() as connection:
            found = await store.get(connection, environment_id, webhook_id, delivery_id)
            return found, await store.attempts_of(connection, environment_id, delivery_id)

    async def replay(self, environment_id: str, webhook_id: str, body: Replay) -> int:
        """Have deliveries made again, with the same bytes; return how many.

        Raises NotFound, InvalidRequest when nothing says which.
        """
        return await self._again(environment_id, webhook_id, _conditions(body), {})

    async def resume(self, environment_id: str, webhook_id: str) -> int:
        """Take an endpoint up again, with all that was held for it; return how much that is."""
        changes = {"paused_at": None, "pause_reason": None, "failing_since": None, "wake_at": None}
        held = (Condition("state", "eq", "held"),)
        return await self._again(environment_id, webhook_id, held, changes)

    async def _again(
        self,
        environment_id: str,
        webhook_id: str,
        which: Sequence[Condition],
        changes: Mapping[str, Any],
    ) -> int:
        now = self._clock.now()
        async with self._database.write() as connection:
            locked = await endpoints.locked(connection, environment_id, [webhook_id])
            if not locked:
                raise NotFound("There is no such webhook.")
            if changes:
                await endpoints.change(connection, environment_id, webhook_id, changes)
            count = await store.send_again(connection, environment_id, webhook_id, which, now)
            if count:
                await wake(connection, self._jobs, replace(locked[0], **changes), now)
        return count


def _conditions(body: Replay) -> tuple[Condition, ...]:
    if body.event_ids is not None and len(body.event_ids) > MOST_EVENTS:
        raise InvalidRequest(
            f"event_ids names {MOST_EVENTS} events at most; a time names any number."
        )
    query: dict[str, Any] = {
        name: value
        for name in ("event_type", "state", "created_at")
        if (value := getattr(body, name)) is not None
    }
    found = read_conditions(query, DELIVERY_FILTERS)
    _check_states(found)
    if body.event_ids is not None:
        found = (*found, Condition("event_id", "in", body.event_ids))
    if not found:
        raise InvalidRequest("Say what to replay: event_ids, event_type, state or created_at.")
    return found


def _check_states(conditions: Sequence[Condition]) -> None:
    """Raise InvalidRequest where a whole state is named that there is none of."""
    for each in conditions:
        if each.field != "state" or each.operator not in ("eq", "ne", "in", "nin"):
            continue
        for state in [each.value] if isinstance(each.value, str) else each.value:
            if state not in STATES:
                raise InvalidRequest(
                    f"state: '{state[:80]}' is none; it can be {', '.join(STATES)}."
                )


def wire_delivery(
    found: WebhookDelivery, attempts: Sequence[Attempt] | None = None
) -> Mapping[str, Any]:
    """Show a delivery, with its attempts where they were asked for."""
    shown: dict[str, Any] = {
        "id": found.id,
        "webhook_id": found.webhook_id,
        "event_id": found.event_id,
        "event_type": found.event_type,
        "state": found.state,
        "attempt_count": found.attempts,
        "next_attempt_at": None if found.next_at is None else iso(found.next_at),
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
    }
    if attempts is not None:
        shown["attempts"] = [wire_attempt(each) for each in attempts]
    return shown


def wire_attempt(attempt: Attempt) -> Mapping[str, Any]:
    """Show one attempt; `duration` is in milliseconds."""
    return {
        "number": attempt.number,
        "at": iso(attempt.at),
        "duration": attempt.duration_ms,
        "status": attempt.status,
        "error": attempt.error,
        "answer": attempt.answer,
    }
