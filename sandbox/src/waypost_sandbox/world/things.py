"""The things an account holds: plain values, so that a database can hold them too."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Token:
    """An API token; its secret is shown once and kept only to be compared."""

    id: str
    secret: str
    name: str
    scopes: list[str]
    created_at: datetime
    domain_id: str | None = None
    paused: bool = False
    has_full: bool = False
    # The key a world is born with; seeding others takes it off the list.
    is_bootstrap: bool = False
    is_listed: bool = True


@dataclass(slots=True, kw_only=True)
class Domain:
    """A sending domain; `settings` has the keys of the wire."""

    id: str
    name: str
    settings: Json
    created_at: datetime
    updated_at: datetime
    dkim: bool = False
    spf: bool = False
    mx: bool = False
    tracking: bool = False
    is_verified: bool = False
    is_cname_verified: bool = False
    is_dns_active: bool = False
    is_cname_active: bool = False
    is_tracking_allowed: bool = False
    is_trial_domain: bool = False
    is_being_verified: bool = False
    spf_record: str | None = None
    has_not_queued_messages: bool = False
    not_queued_messages_count: int = 0
    seeded_stats: Json = field(default_factory=dict)
    seeded_totals: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class User:
    """A person of the account."""

    id: str
    email: str
    name: str | None
    last_name: str | None
    avatar: str
    role: str
    created_at: datetime
    updated_at: datetime
    two_factor: bool = False
    permissions: list[str] = field(default_factory=list)
    domain_ids: list[str] = field(default_factory=list)
    template_ids: list[str] = field(default_factory=list)
    requires_periodic_password_change: bool = False


@dataclass(slots=True, kw_only=True)
class Invite:
    """A person asked to join."""

    id: str
    email: str
    role: str
    created_at: datetime
    updated_at: datetime
    permissions: list[str] = field(default_factory=list)
    domain_ids: list[str] = field(default_factory=list)
    template_ids: list[str] = field(default_factory=list)
    requires_periodic_password_change: bool = False


@dataclass(slots=True, kw_only=True)
class Template:
    """A stored design; html, text, subject and sender are never shown by the API."""

    id: str
    name: str
    created_at: datetime
    type: str = "gh"
    description: str | None = None
    image_path: str = ""
    category: Json | None = None
    categories: list[Any] = field(default_factory=list)
    variables: Json = field(default_factory=dict)
    domain_id: str | None = None
    html: str | None = None
    text: str | None = None
    subject: str | None = None
    sender: Json | None = None
    tags: list[str] = field(default_factory=list)
    is_made_by_api: bool = False
    seeded_stats: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Message:
    """One accepted send; `request` is the body as it was accepted."""

    id: str
    domain_id: str
    created_at: datetime
    updated_at: datetime
    request: Json = field(default_factory=dict)
    email_ids: list[str] = field(default_factory=list)
    send_at: datetime | None = None
    is_held: bool = False


@dataclass(slots=True, kw_only=True)
class Email:
    """One recipient's copy of a message."""

    id: str
    message_id: str
    domain_id: str
    recipient_id: str
    sender: str
    subject: str
    created_at: datetime
    updated_at: datetime
    status: str = "queued"
    text: str | None = None
    html: str | None = None
    template_id: str = ""
    tags: list[str] | None = None
    headers: Any = None
    interactions: list[str] = field(default_factory=list)
    suppression_reason: str | None = None
    shows_content: bool = False
    is_seeded: bool = False
    activity_ids: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Recipient:
    """An address that a domain has written to, or must not write to."""

    id: str
    email: str
    domain_id: str
    created_at: datetime
    updated_at: datetime
    # How many of the emails kept are to it; the last one that goes takes it along.
    email_count: int = 0


@dataclass(slots=True, kw_only=True)
class Activity:
    """Something that happened to an email."""

    id: str
    type: str
    email_id: str
    domain_id: str
    created_at: datetime
    updated_at: datetime
    suppression_reason: str | None = None
    meta: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Suppression:
    """A reason not to write to an address; `domain_id` None means the whole account."""

    id: str
    kind: str
    pattern: str
    created_at: datetime
    updated_at: datetime
    type: str = "exact"
    domain_id: str | None = None
    recipient_id: str | None = None
    reason: str | None = None
    readable_reason: str | None = None


@dataclass(slots=True, kw_only=True)
class Bulk:
    """A bulk send and what became of it."""

    id: str
    created_at: datetime
    updated_at: datetime
    items: list[Any]
    token_id: str | None = None
    state: str = "queued"
    total_recipients: int = 0
    suppressed: Json = field(default_factory=dict)
    errors: Json = field(default_factory=dict)
    message_ids: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Webhook:
    """A place to tell about events."""

    id: str
    url: str
    name: str
    events: list[str]
    domain_id: str
    secret: str
    created_at: datetime
    updated_at: datetime
    enabled: bool = True
    editable: bool = True
    version: int = 2


@dataclass(slots=True, kw_only=True)
class Letter:
    """What the receiving server was handed for one recipient."""

    message_id: str
    email_id: str
    recipient: str
    sent_at: datetime
    headers: list[tuple[str, str]]
    subject: str
    text: str | None
    html: str | None
    attachments: list[Json]
    envelope_from: str = ""
    # What it is where no email of the account stands behind it.
    state: str = "forwarded"
    # A finished MIME message, where it is not ours to write (forwarded inbound mail).
    raw: str | None = None


@dataclass(slots=True, kw_only=True)
class Fault:
    """A trouble to make for requests that match, a number of times."""

    method: str
    path: str
    times: int | None
    status: int | None = None
    delay_ms: int = 0
    drop: str | None = None
    body: Any = None
    has_body: bool = False
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    takes_effect: bool = False


@dataclass(slots=True, kw_only=True)
class Happening:
    """Something that webhooks may be told of; `data` is the payload's own `data`."""

    type: str
    data: Json
    at: datetime
    domain_id: str | None = None
    # Of text messages: whose webhooks are meant, and where an inbound one is forwarded.
    sms_number_id: str | None = None
    url: str | None = None
    secret: str | None = None


@dataclass(slots=True, order=True)
class Due:
    """Work that time will bring, as data: what kind, on what."""

    at: datetime
    number: int
    kind: str = field(compare=False)
    subject_id: str = field(compare=False)
