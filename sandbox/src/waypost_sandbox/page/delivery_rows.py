"""Calls to webhooks as a person reads them: newest first, a page of them."""

from __future__ import annotations

from itertools import islice

from waypost_sandbox.world.account import Account
from waypost_sandbox.world.outgoing import WebhookDelivery
from waypost_sandbox.world.things import Json

MOST_ROWS = 1_000


def list_deliveries(account: Account, query: dict[str, str]) -> Json:
    """List deliveries, newest first."""
    text = query.get("limit", "")
    limit = min(int(text), MOST_ROWS) if text.isdecimal() else 100
    newest = islice(reversed(account.deliveries.values()), limit)
    return {
        "rows": [_show_row(each) for each in newest],
        "total": len(account.deliveries),
        "warnings": list(account.warnings)[-20:],
    }


def _show_row(delivery: WebhookDelivery) -> Json:
    waits = delivery.state == "pending"
    return {
        "id": delivery.id,
        "kind": delivery.kind,
        "event": delivery.event,
        "url": delivery.url,
        "state": delivery.state,
        "at": delivery.created_at.isoformat(timespec="milliseconds"),
        "next_at": delivery.next_at.isoformat(timespec="milliseconds") if waits else None,
        "signature": delivery.signature,
        "body": delivery.body,
        "attempts": delivery.attempts,
    }
