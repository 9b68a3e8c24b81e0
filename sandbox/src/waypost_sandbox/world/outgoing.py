"""What leaves the sandbox for other programs: calls to webhooks and forwarded mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from waypost_sandbox.world.things import Json


@dataclass(slots=True, kw_only=True)
class WebhookDelivery:
    """One call to a webhook, an SMS webhook or an inbound forward, with every try of it.

    `state` is pending, delivered, failed, dropped (its hook was paused or deleted) or
    skipped (the address is not on this machine). `next_at` is when the next try is due.
    """

    id: str
    kind: str
    target_id: str
    url: str
    event: str
    body: str
    signature: str
    created_at: datetime
    next_at: datetime
    state: str = "pending"
    attempts: list[Json] = field(default_factory=list)
    domain_id: str | None = None
    # What a forward that keeps failing is reported with.
    inbound_message_id: str | None = None


@dataclass(slots=True, kw_only=True)
class InboundMail:
    """A message that came in for an inbound route; `raw` is its MIME as latin-1 text."""

    id: str
    inbound_id: str
    domain_id: str | None
    sender: str
    recipients: list[str]
    raw: str
    created_at: datetime
    # taken, filtered, rejected or forwarded
    state: str = "taken"
    # The letters it was forwarded as, which go when it goes.
    letter_ids: list[str] = field(default_factory=list)
