"""The tables of deliveries and their attempts, and their SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, metadata
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page, matching
from waypost.base.rows import the_one

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("webhook_id", Text, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("order_key", Text),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("webhook_id", "event_id"),
    Index(None, "environment_id", "webhook_id", "created_at"),
    Index(None, "webhook_id", "state", "next_at"),
)
"""`state` is waiting, delivered, failed or held (its endpoint is paused)."""

webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column(
        "delivery_id", Text, ForeignKey("webhook_delivery.id", ondelete="CASCADE"), nullable=False
    ),
    Column("number", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("answer", Text),
    Index(None, "delivery_id"),
)

DELIVERY_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "event_id": "text",
    "event_type": "text",
    "state": "text",
    "created_at": "moment",
}


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event on its way to one endpoint."""

    id: str
    environment_id: str
    webhook_id: str
    event_id: str
    event_type: str
    order_key: str | None
    state: str
    attempts: int
    next_at: float | None
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: `status` is None where no answer came, and `error` says why."""

    environment_id: str
    delivery_id: str
    number: int
    at: float
    duration_ms: int
    status: int | None
    error: str | None
    answer: str | None


async def add_all(connection: AsyncConnection, records: Sequence[WebhookDelivery]) -> None:
    """Insert deliveries."""
    names = WebhookDelivery.__slots__
    rows = [{name: getattr(record, name) for name in names} for record in records]
    await connection.execute(insert(webhook_delivery), rows)


async def add_attempts(connection: AsyncConnection, records: Sequence[Attempt]) -> None:
    """Insert attempts."""
    rows = [{name: getattr(record, name) for name in Attempt.__slots__} for record in records]
    await connection.execute(insert(webhook_attempt), rows)


async def list_deliveries(
    connection: AsyncConnection, environment_id: str, webhook_id: str, listing: Listing
) -> Page[WebhookDelivery]:
    """Return a page of an endpoint's deliveries."""
    query = select(webhook_delivery).where(
        webhook_delivery.c.environment_id == environment_id,
        webhook_delivery.c.webhook_id == webhook_id,
    )
    page = await fetch_page(connection, query, listing, dict(webhook_delivery.c))
    return Page([_delivery(row._mapping) for row in page.items], page.next)


async def get(
    connection: AsyncConnection, environment_id: str, webhook_id: str, delivery_id: str
) -> WebhookDelivery:
    """Return one delivery; raises NotFound."""
    listing = Listing((Condition("id", "eq", delivery_id),), limit=1)
    return the_one(
        await list_deliveries(connection, environment_id, webhook_id, listing), "delivery"
    )


async def due(
    connection: AsyncConnection, environment_id: str, webhook_id: str, now: float, most: int
) -> list[WebhookDelivery]:
    """Return what is to be sent to an endpoint by now, what is due longest first."""
    rows = await connection.execute(
        select(webhook_delivery)
        .where(*_waiting(environment_id, webhook_id), webhook_delivery.c.next_at <= now)
        .order_by(webhook_delivery.c.next_at, webhook_delivery.c.created_at)
        .limit(most)
    )
    return [_delivery(row._mapping) for row in rows]


async def in_order(
    connection: AsyncConnection, environment_id: str, webhook_id: str, keys: Sequence[str]
) -> list[WebhookDelivery]:
    """Return everything that waits for an endpoint and is to arrive in one of these orders."""
    rows = await connection.execute(
        select(webhook_delivery).where(
            *_waiting(environment_id, webhook_id), webhook_delivery.c.order_key.in_(keys)
        )
    )
    return [_delivery(row._mapping) for row in rows]


async def next_due(
    connection: AsyncConnection, environment_id: str, webhook_id: str
) -> float | None:
    """Return when the next delivery to an endpoint is due, if any waits."""
    rows = await connection.execute(
        select(webhook_delivery.c.next_at)
        .where(*_waiting(environment_id, webhook_id))
        .order_by(webhook_delivery.c.next_at)
        .limit(1)
    )
    return rows.scalar()


async def overdue(connection: AsyncConnection, before: float) -> list[tuple[str, str]]:
    """Return the endpoints, of all environments, that something waits for since before a moment."""
    rows = await connection.execute(
        select(webhook_delivery.c.environment_id, webhook_delivery.c.webhook_id)
        .where(webhook_delivery.c.state == "waiting", webhook_delivery.c.next_at < before)
        .distinct()
    )
    return [(row[0], row[1]) for row in rows]


async def send_again(
    connection: AsyncConnection,
    environment_id: str,
    webhook_id: str,
    which: Sequence[Condition],
    now: float,
) -> int:
    """Have an endpoint's deliveries of a kind wait anew, as if never tried; return how many."""
    changed = await connection.execute(
        update(webhook_delivery)
        .where(
            webhook_delivery.c.environment_id == environment_id,
            webhook_delivery.c.webhook_id == webhook_id,
            matching(which, dict(webhook_delivery.c)),
        )
        .values(state="waiting", attempts=0, next_at=now, updated_at=now)
    )
    return changed.rowcount


async def hold(
    connection: AsyncConnection, environment_id: str, webhook_id: str, now: float
) -> None:
    """Hold everything that waits for an endpoint."""
    await connection.execute(
        update(webhook_delivery)
        .where(*_waiting(environment_id, webhook_id))
        .values(state="held", next_at=None, updated_at=now)
    )


def _waiting(environment_id: str, webhook_id: str) -> list[ColumnElement[bool]]:
    return [
        webhook_delivery.c.environment_id == environment_id,
        webhook_delivery.c.webhook_id == webhook_id,
        webhook_delivery.c.state == "waiting",
    ]


async def change(
    connection: AsyncConnection, environment_id: str, ids: Sequence[str], values: Mapping[str, Any]
) -> None:
    """Change some columns of deliveries."""
    await connection.execute(
        update(webhook_delivery)
        .where(webhook_delivery.c.environment_id == environment_id, webhook_delivery.c.id.in_(ids))
        .values(**values)
    )


async def attempts_of(
    connection: AsyncConnection, environment_id: str, delivery_id: str
) -> list[Attempt]:
    """Return a delivery's attempts, oldest first."""
    rows = await connection.execute(
        select(webhook_attempt)
        .where(
            webhook_attempt.c.environment_id == environment_id,
            webhook_attempt.c.delivery_id == delivery_id,
        )
        .order_by(webhook_attempt.c.position)
    )
    return [Attempt(**{name: row._mapping[name] for name in Attempt.__slots__}) for row in rows]


def _delivery(row: Mapping[Any, Any]) -> WebhookDelivery:
    return WebhookDelivery(**{name: row[name] for name in WebhookDelivery.__slots__})
