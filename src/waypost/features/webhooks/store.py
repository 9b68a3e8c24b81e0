"""The table of customers' webhooks, and its SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    insert,
    select,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, metadata
from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import change_row, remove_row, the_one

webhook = Table(
    "webhook",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("target_url", Text, nullable=False),
    Column("event_types", Json),
    Column("is_active", Boolean, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("tenant_ids", Json),
    Column("ordered_by", Text),
    Column("sealed_old_secret", LargeBinary),
    Column("old_secret_until", Moment),
    Column("failing_since", Moment),
    Column("paused_at", Moment),
    Column("pause_reason", Text),
    Column("wake_at", Moment),
    Index(None, "environment_id", "created_at", "id"),
)
"""`event_types` and `tenant_ids` null mean every one; secrets are sealed under the webhook's own data key.

`ordered_by` message: what happens to one message arrives in its order. `wake_at` is when the job is due
that looks next at what waits for the endpoint; null where none was called.
"""

WEBHOOK_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "environment_id": "text",
    "target_url": "text",
    "is_active": "boolean",
    "created_at": "moment",
    "updated_at": "moment",
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint that hears events."""

    id: str
    environment_id: str
    target_url: str
    event_types: list[str] | None
    is_active: bool
    created_at: float
    updated_at: float
    tenant_ids: list[str] | None = None
    ordered_by: str | None = None
    failing_since: float | None = None
    paused_at: float | None = None
    pause_reason: str | None = None
    wake_at: float | None = None


_SHOWN = [webhook.c[name] for name in Webhook.__slots__]


async def add(
    connection: AsyncConnection, environment_id: str, record: Webhook, sealed_secret: bytes
) -> None:
    """Insert a webhook."""
    values = {name: getattr(record, name) for name in Webhook.__slots__}
    values |= {"environment_id": environment_id, "sealed_secret": sealed_secret}
    await connection.execute(insert(webhook).values(**values))


async def list_webhooks(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Webhook]:
    """Return a page of an environment's webhooks."""
    query = select(*_SHOWN).where(webhook.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, dict(webhook.c))
    return Page([Webhook(**row._mapping) for row in page.items], page.next)


async def listening(connection: AsyncConnection, environment_id: str) -> list[Webhook]:
    """Return an environment's active webhooks."""
    query = select(*_SHOWN).where(
        webhook.c.environment_id == environment_id, webhook.c.is_active.is_(True)
    )
    return [Webhook(**row._mapping) for row in await connection.execute(query)]


async def among(
    connection: AsyncConnection, environment_id: str, ids: Collection[str]
) -> list[str]:
    """Return those of some ids that are an environment's webhooks."""
    query = select(webhook.c.id).where(
        webhook.c.environment_id == environment_id, webhook.c.id.in_(sorted(ids))
    )
    return list((await connection.execute(query)).scalars())


async def locked(
    connection: AsyncConnection, environment_id: str, ids: Sequence[str]
) -> list[Webhook]:
    """Return the named webhooks as they stand, theirs to change until the transaction ends."""
    query = (
        select(*_SHOWN)
        .where(webhook.c.environment_id == environment_id, webhook.c.id.in_(ids))
        .order_by(webhook.c.id)
        .with_for_update(key_share=True)
    )
    return [Webhook(**row._mapping) for row in await connection.execute(query)]


async def secrets_of(
    connection: AsyncConnection, environment_id: str, webhook_id: str
) -> tuple[bytes, bytes | None, float | None]:
    """Return the sealed secret, the one before it and until when that one counts."""
    rows = await connection.execute(
        select(
            webhook.c.sealed_secret, webhook.c.sealed_old_secret, webhook.c.old_secret_until
        ).where(webhook.c.environment_id == environment_id, webhook.c.id == webhook_id)
    )
    row = rows.first()
    if row is None:
        raise NotFound("There is no such webhook.")
    return row[0], row[1], row[2]


async def get(connection: AsyncConnection, environment_id: str, webhook_id: str) -> Webhook:
    """Return a webhook; raises NotFound."""
    listing = Listing((Condition("id", "eq", webhook_id),), limit=1)
    return the_one(await list_webhooks(connection, environment_id, listing), "webhook")


async def change(
    connection: AsyncConnection, environment_id: str, webhook_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of a webhook."""
    await change_row(connection, webhook, environment_id, webhook_id, values)


async def remove(connection: AsyncConnection, environment_id: str, webhook_id: str) -> None:
    """Delete a webhook."""
    await remove_row(connection, webhook, environment_id, webhook_id)
