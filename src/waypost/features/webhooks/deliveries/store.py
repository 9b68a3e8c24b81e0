"""The tables of deliveries and their attempts, and their SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
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
from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page

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
    Index(None, "webhook_id", "state"),
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
    page = await list_deliveries(connection, environment_id, webhook_id, listing)
    if not page.items:
        raise NotFound("There is no such delivery.")
    return page.items[0]


async def of_ids(
    connection: AsyncConnection, environment_id: str, ids: Sequence[str]
) -> list[WebhookDelivery]:
    """Return the named deliveries that still wait, oldest first."""
    rows = await connection.execute(
        select(webhook_delivery)
        .where(
            webhook_delivery.c.environment_id == environment_id,
            webhook_delivery.c.id.in_(ids),
            webhook_delivery.c.state == "waiting",
        )
        .order_by(webhook_delivery.c.created_at, webhook_delivery.c.id)
    )
    return [_delivery(row._mapping) for row in rows]


async def waiting_before(
    connection: AsyncConnection, environment_id: str, delivery: WebhookDelivery
) -> list[str]:
    """Return the earlier deliveries of the same order that have not arrived yet."""
    rows = await connection.execute(
        select(webhook_delivery.c.id).where(
            webhook_delivery.c.environment_id == environment_id,
            webhook_delivery.c.webhook_id == delivery.webhook_id,
            webhook_delivery.c.order_key == delivery.order_key,
            webhook_delivery.c.state == "waiting",
            webhook_delivery.c.created_at < delivery.created_at,
        )
    )
    return [row[0] for row in rows]


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
