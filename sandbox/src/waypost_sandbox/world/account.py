"""One account: a world of its own, with its clock, its plan and all it holds."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from waypost_sandbox import ids
from waypost_sandbox.clock import Clock
from waypost_sandbox.world.outgoing import InboundMail, WebhookDelivery
from waypost_sandbox.world.scopes import FULL_SCOPES
from waypost_sandbox.world.things import (
    Activity,
    Bulk,
    Domain,
    Due,
    Email,
    Fault,
    Happening,
    Invite,
    Json,
    Letter,
    Message,
    Recipient,
    Suppression,
    Template,
    Token,
    User,
    Webhook,
)

CALLS_KEPT = 10_000
HAPPENINGS_KEPT = 10_000


@dataclass(slots=True, kw_only=True)
class Settings:
    """What the account is allowed; every key may be seeded under `account`."""

    plan: str = "Enterprise"
    daily_quota: int = -1
    rate_limits: str | dict[str, int] = "documented"
    rate_limit_headers: bool = False
    creation_throttle_seconds: float = 1.0
    state: str = "active"
    api_access: bool = True
    approved: bool = True
    ip_allowlist: list[str] = field(default_factory=list)
    maintenance: bool = False
    name: str = "Sandbox"
    support_email: str = "support@example.test"
    admin_email: str | None = None
    retention_days: int | None = None
    # None is as many as are wanted.
    email_verification_credits: int | None = None
    sms_daily_quota: int | None = None
    # Mails that one SMTP connection may bring. That there is a limit is public, its number is not.
    smtp_connection_limit: int | None = None
    # {"warn": n, "suspend": n, "window_seconds": n}: refusals for excess that lead to each.
    excessive_use: Json | None = None
    current_page_url: bool = False
    features: Json = field(default_factory=dict)
    # Webhooks: `local` calls only addresses on this machine or its networks.
    webhook_reach: str = "local"
    webhook_ping: bool = True
    webhook_timeout: float = 3.0
    webhook_retries: list[float] = field(default_factory=lambda: [10.0, 100.0])
    webhook_warn_after: int = 10
    webhook_pause_after: int = 20
    # A real SMTP server (host:port) that sent mail is handed to as well.
    forward_smtp: str | None = None
    # How many messages are kept; the oldest go first. None keeps all.
    keep_messages: int | None = 100_000


@dataclass(slots=True)
class Meters:
    """What was used of the day's quota, of each minute, and of the creation throttle."""

    day: str = ""
    used_today: int = 0
    windows: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    last_creations: dict[str, datetime] = field(default_factory=dict)
    refused_at: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    """Everything one account holds; nothing is shared between two of them."""

    id: str
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    meters: Meters = field(default_factory=Meters)
    tokens: dict[str, Token] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    invites: dict[str, Invite] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    emails: dict[str, Email] = field(default_factory=dict)
    recipients: dict[str, Recipient] = field(default_factory=dict)
    recipient_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    suppressions: dict[str, Suppression] = field(default_factory=dict)
    bulks: dict[str, Bulk] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    # Kinds that are kept in the shape they are read in: kind -> id -> row.
    shelf: dict[str, dict[str, Json]] = field(default_factory=dict)
    # What was not yet told to webhooks, in the order it happened; its teller empties it.
    happenings: deque[Happening] = field(default_factory=lambda: deque(maxlen=HAPPENINGS_KEPT))
    # Calls to webhooks by id, those whose time has come, and when each target failed.
    deliveries: dict[str, WebhookDelivery] = field(default_factory=dict)
    ready_deliveries: deque[str] = field(default_factory=deque)
    target_failures: dict[str, list[datetime]] = field(default_factory=dict)
    # What the real one would write to the account's owner about.
    warnings: list[Json] = field(default_factory=list)
    inbound_mails: dict[str, InboundMail] = field(default_factory=dict)
    # Letters by email id, and those still to be handed to a real SMTP server.
    letters: dict[str, Letter] = field(default_factory=dict)
    letters_to_forward: deque[str] = field(default_factory=deque)
    # Where this server is reached from outside; tracked links begin with it.
    root_url: str = "http://127.0.0.1:8025"
    faults: list[Fault] = field(default_factory=list)
    calls: deque[Json] = field(default_factory=deque)
    calls_size: int = 0
    call_count: int = 0
    due: list[Due] = field(default_factory=list)
    due_count: int = 0
    moment: datetime | None = None

    def now(self) -> datetime:
        """Return the moment of the work being done, else the clock's."""
        return self.moment if self.moment is not None else self.clock.now()

    def table(self, name: str) -> Mapping[str, object]:
        """Return what the account holds of a kind; `shelf.<kind>` names a shelved one."""
        shelved = name.removeprefix("shelf.")
        if shelved != name:
            return self.shelf.get(shelved, {})
        held: Mapping[str, object] = getattr(self, name)
        return held

    def rows(self, kind: str) -> dict[str, Json]:
        """Return the rows of a shelved kind, by id; changes to it are kept."""
        return self.shelf.setdefault(kind, {})

    def announce(
        self,
        event: str,
        data: Json,
        *,
        domain_id: str | None = None,
        sms_number_id: str | None = None,
        url: str | None = None,
        secret: str | None = None,
    ) -> None:
        """Note what webhooks are to be told; a `url` names the one receiver."""
        self.happenings.append(
            Happening(
                type=event,
                data=data,
                at=self.now(),
                domain_id=domain_id,
                sms_number_id=sms_number_id,
                url=url,
                secret=secret,
            )
        )

    def plan_work(self, at: datetime, kind: str, subject_id: str) -> None:
        """Put work on the list of what time will bring."""
        self.due_count += 1
        heapq.heappush(self.due, Due(at, self.due_count, kind, subject_id))

    def pop_due(self, until: datetime) -> Due | None:
        """Take the next piece of work whose time has come."""
        if self.due and self.due[0].at <= until:
            return heapq.heappop(self.due)
        return None

    def find_recipient(self, domain_id: str, email: str) -> Recipient | None:
        """Return the domain's recipient of that address."""
        found = self.recipient_ids.get((domain_id, email.lower()))
        return self.recipients.get(found) if found is not None else None

    def add_recipient(self, recipient: Recipient) -> Recipient:
        """Add a recipient, findable by its address from now on."""
        self.recipients[recipient.id] = recipient
        self.recipient_ids[recipient.domain_id, recipient.email.lower()] = recipient.id
        return recipient

    def ensure_recipient(self, domain_id: str, email: str) -> Recipient:
        """Return the domain's recipient of that address, made now if it is new."""
        found = self.find_recipient(domain_id, email)
        if found is not None:
            return found
        now = self.now()
        return self.add_recipient(
            Recipient(
                id=ids.make_object_id(now),
                email=email,
                domain_id=domain_id,
                created_at=now,
                updated_at=now,
            )
        )

    def add_full_token(self, secret: str | None = None) -> Token:
        """Add a token that may do everything."""
        token = Token(
            id=ids.make_token_id(),
            secret=secret or ids.make_token_secret(),
            name="Full access",
            scopes=list(FULL_SCOPES),
            created_at=self.now(),
            has_full=True,
            is_bootstrap=True,
        )
        self.tokens[token.id] = token
        return token

    def first_full_secret(self) -> str:
        """Return the secret of the first token that may do everything, made if there is none."""
        for token in self.tokens.values():
            if token.has_full and not token.paused and token.domain_id is None:
                return token.secret
        return self.add_full_token().secret

    def has_feature(self, name: str, plans: tuple[str, ...]) -> bool:
        """Say whether the plan, or the account's own switch, has the feature."""
        switch: Any = self.settings.features.get(name)
        return bool(switch) if switch is not None else self.settings.plan in plans
