"""The table of webhooks received, and its SQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    delete,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, insert_absent, insert_if_absent, metadata

received_webhook = Table(
    "received_webhook",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("hook_id", Text),
    Column("provider_event_id", Text, nullable=False),
    Column("native_type", Text),
    Column("event_type", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("fault", Text),
    Column("received_at", Moment, nullable=False),
    UniqueConstraint("account_id", "provider_event_id"),
    Index(None, "environment_id", "received_at"),
)
"""What a provider told us, byte for byte; one row for each of its events, however often it told it."""


heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)
"""When somebody was last here to be told; one row."""
_HERE = "here"


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """One webhook as it came."""

    id: str
    environment_id: str
    account_id: str
    hook_id: str | None
    provider_event_id: str
    native_type: str | None
    event_type: str
    raw: bytes
    fault: str | None
    received_at: float


async def add_all_once(connection: AsyncConnection, records: Sequence[ReceivedWebhook]) -> set[str]:
    """Insert webhooks, those aside that the provider has told before; return the ids of the new."""
    names = ReceivedWebhook.__slots__
    # Sorted, so that two processes which are told the same wait for one another in one order.
    rows = [
        {name: getattr(record, name) for name in names}
        for record in sorted(records, key=lambda each: each.id)
    ]
    return await insert_absent(connection, received_webhook, rows)


async def known_ids(
    connection: AsyncConnection, environment_id: str, account_id: str, ids: Sequence[str]
) -> set[str]:
    """Return which of a provider's events were told already."""
    rows = await connection.execute(
        select(received_webhook.c.provider_event_id).where(
            received_webhook.c.environment_id == environment_id,
            received_webhook.c.account_id == account_id,
            received_webhook.c.provider_event_id.in_(ids),
        )
    )
    return set(rows.scalars())


async def beat(connection: AsyncConnection, now: float, absent_before: float) -> float | None:
    """Note that somebody is here; return since when nobody was, to the one that notices first."""
    if await insert_if_absent(connection, heartbeat, {"name": _HERE, "at": now}, keys=("name",)):
        return None
    rows = await connection.execute(
        select(heartbeat.c.at).where(heartbeat.c.name == _HERE).with_for_update()
    )
    last = float(rows.scalar_one())
    await connection.execute(
        update(heartbeat).where(heartbeat.c.name == _HERE, heartbeat.c.at < now).values(at=now)
    )
    return last if last < absent_before else None


async def remove_older(connection: AsyncConnection, before: float) -> int:
    """Delete what came in before a moment, of all environments; return how many."""
    gone = await connection.execute(
        delete(received_webhook).where(received_webhook.c.received_at < before)
    )
    return gone.rowcount
