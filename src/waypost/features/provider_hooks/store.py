"""The table of what removing the webhooks of accounts that are gone takes, and its SQL."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text, insert, select

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, metadata
from waypost.base.rows import remove_row

farewell = Table(
    "provider_hook_farewell",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)
"""`id` is the account's. `sealed` is what it takes to call for it, under a data key of its own."""


async def add(
    connection: AsyncConnection, environment_id: str, account_id: str, sealed: bytes, now: float
) -> None:
    """Keep one account's."""
    values = {"id": account_id, "environment_id": environment_id, "created_at": now}
    await connection.execute(insert(farewell).values(**values, sealed=sealed))


async def find(
    connection: AsyncConnection, environment_id: str, account_id: str
) -> tuple[bytes, float] | None:
    """Return what is kept of an account and since when (Unix seconds), if anything is."""
    rows = await connection.execute(
        select(farewell.c.sealed, farewell.c.created_at).where(
            farewell.c.environment_id == environment_id, farewell.c.id == account_id
        )
    )
    row = rows.first()
    return None if row is None else (row.sealed, row.created_at)


async def older(connection: AsyncConnection, before: float) -> list[tuple[str, str]]:
    """Return (environment, account) of what has been kept since before a moment."""
    rows = await connection.execute(
        select(farewell.c.environment_id, farewell.c.id).where(farewell.c.created_at < before)
    )
    return [(row.environment_id, row.id) for row in rows]


async def remove(connection: AsyncConnection, environment_id: str, account_id: str) -> None:
    """Delete what is kept of an account."""
    await remove_row(connection, farewell, environment_id, account_id)
