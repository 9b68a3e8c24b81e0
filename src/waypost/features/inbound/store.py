"""The table of webhooks received, and its SQL."""

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
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, insert_if_absent, metadata

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


async def add_once(connection: AsyncConnection, record: ReceivedWebhook) -> bool:
    """Insert a webhook unless the provider has told this event before; return whether it is new."""
    values = {name: getattr(record, name) for name in ReceivedWebhook.__slots__}
    return await insert_if_absent(
        connection, received_webhook, values, keys=("account_id", "provider_event_id")
    )


async def remove_older(connection: AsyncConnection, before: float) -> int:
    """Delete what came in before a moment, of all environments; return how many."""
    gone = await connection.execute(
        delete(received_webhook).where(received_webhook.c.received_at < before)
    )
    return gone.rowcount
