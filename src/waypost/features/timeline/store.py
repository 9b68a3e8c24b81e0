"""Find the send of a message; its table is the kernel's."""

from typing import Any

from sqlalchemy import select

from waypost.base.connection import AsyncConnection
from waypost.kernel.sends.store import sends


async def find_message(
    connection: AsyncConnection, environment_id: str, identifier: str
) -> dict[str, Any] | None:
    """Return the send with this id, or the one that became the provider's message of this id."""
    rows = await connection.execute(
        select(sends)
        .where(
            sends.c.environment_id == environment_id,
            (sends.c.id == identifier) | (sends.c.message_id == identifier),
        )
        .order_by(sends.c.created_at)
        .limit(1)
    )
    row = rows.first()
    return None if row is None else dict(row._mapping)
