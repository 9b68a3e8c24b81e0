"""The record of every call to a webhook, with its tries."""

from __future__ import annotations

import json

from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.outgoing import WebhookDelivery
from waypost_sandbox.world.things import Json

_FILTERS = ("event", "state", "kind", "target_id", "url")


def list_deliveries(account: Account, query: dict[str, str]) -> Json:
    """List deliveries in the order they were made, and what their owner was warned of."""
    rows = [
        delivery
        for delivery in account.deliveries.values()
        if all(query.get(name, held) == held for name, held in _held(delivery))
    ]
    return {"data": [_show(delivery) for delivery in rows], "warnings": account.warnings}


def _held(delivery: WebhookDelivery) -> list[tuple[str, str]]:
    return [(name, str(getattr(delivery, name))) for name in _FILTERS]


def _show(delivery: WebhookDelivery) -> Json:
    return {
        "id": delivery.id,
        "kind": delivery.kind,
        "target_id": delivery.target_id,
        "url": delivery.url,
        "event": delivery.event,
        "state": delivery.state,
        "created_at": write_time(delivery.created_at),
        "next_at": write_time(delivery.next_at) if delivery.state == "pending" else None,
        "signature": delivery.signature,
        "body": delivery.body,
        "payload": _read(delivery.body),
        "attempts": delivery.attempts,
    }


def _read(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
