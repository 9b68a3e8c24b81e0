"""What a provider told of a message becomes a suppression, in the event's own transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from waypost.base.connection import AsyncConnection
from waypost.base.errors import InvalidRequest
from waypost.base.log import get_logger
from waypost.kernel.events.store import Event
from waypost.kernel.kernel import Kernel
from waypost.kernel.suppressions import Fact, Suppressions
from waypost.kernel.suppressions.address import read_recipient
from waypost.kernel.suppressions.model import EVERYWHERE, account_scope

_log = get_logger("waypost.suppressions")


def listen(kernel: Kernel) -> None:
    """Hear every event from now on."""
    kernel.events.subscribe(Hearing(kernel.suppressions).hear)


class Hearing:
    """A subscriber to events."""

    def __init__(self, suppressions: Suppressions) -> None:
        self._suppressions = suppressions

    async def hear(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """Take in what events say of recipients."""
        for event in events:
            fact = read_fact(event.type, event.payload)
            if fact is not None:
                await self._suppressions.add(event.environment_id, [fact], connection=connection)


def read_fact(event_type: str, payload: Mapping[str, Any]) -> Fact | None:
    """Return what an event says of its recipient, or None.

    An address that does not exist is held back from all accounts of the tenant. The others hold for
    the account: an event does not say which of its domains it is about.
    """
    reason = _reason(event_type, payload)
    account_id, tenant_id = payload.get("integrated_account_id"), payload.get("tenant_id")
    recipient = payload.get("recipient")
    if reason is None or not isinstance(account_id, str) or not isinstance(tenant_id, str):
        return None
    try:
        address = read_recipient(recipient if isinstance(recipient, str) else "")
    except InvalidRequest:
        _log.warning("recipient_not_read", event_type=event_type, account=account_id)
        return None
    detail = payload.get("why") or payload.get("reason")
    return Fact(
        tenant_id=tenant_id,
        address=address,
        reason=reason,
        scope=EVERYWHERE if reason == "hard_bounce" else account_scope(account_id),
        origin=account_id,
        source="event",
        at=_moment(payload.get("occurred_at")),
        detail=detail[:500] if isinstance(detail, str) else None,
    )


_REASONS = {
    "message.complained": "complaint",
    "message.unsubscribed": "unsubscribe",
    "message.suppressed": "provider",
}


def _reason(event_type: str, payload: Mapping[str, Any]) -> str | None:
    if event_type == "message.bounced":
        return "hard_bounce" if payload.get("bounce") == "hard" else None
    return _REASONS.get(event_type)


def _moment(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return None
