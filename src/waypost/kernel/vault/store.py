"""The table of wrapped data keys, and its SQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
    text,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, insert_if_absent, metadata

# No foreign key to environments: an owner may be anything that keeps secrets.
data_key = Table(
    "data_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("environment_id", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("kek_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("environment_id", "owner_id"),
    Index(None, "kek_id"),
)

_KEYRING_LOCK = 0x57617968  # "Wayh"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored."""

    id: str
    environment_id: str
    owner_id: str
    kek_id: str
    wrapped: bytes


_KEPT = [data_key.c[name] for name in WrappedKey.__slots__]


async def find_for_owner(
    connection: AsyncConnection, environment_id: str, owner_id: str
) -> WrappedKey | None:
    """Return an owner's data key, or None."""
    query = select(*_KEPT).where(
        data_key.c.environment_id == environment_id, data_key.c.owner_id == owner_id
    )
    row = (await connection.execute(query)).first()
    return WrappedKey(*row) if row else None


async def add(connection: AsyncConnection, key: WrappedKey, at: float) -> bool:
    """Insert an owner's data key unless it has one; return whether this one was taken."""
    values = {name: getattr(key, name) for name in WrappedKey.__slots__}
    return await insert_if_absent(
        connection, data_key, {**values, "created_at": at}, keys=["environment_id", "owner_id"]
    )


async def remove(connection: AsyncConnection, environment_id: str, owner_id: str) -> None:
    """Delete an owner's data key: what it sealed can never be read again."""
    await connection.execute(
        delete(data_key).where(
            data_key.c.environment_id == environment_id, data_key.c.owner_id == owner_id
        )
    )


async def remove_all(connection: AsyncConnection, environment_id: str) -> None:
    """Delete every data key of an environment."""
    await connection.execute(delete(data_key).where(data_key.c.environment_id == environment_id))


async def not_wrapped_by(
    connection: AsyncConnection, kek_id: str, limit: int
) -> Sequence[WrappedKey]:
    """Return some data keys of any environment that another key-encryption key wraps."""
    query = select(*_KEPT).where(data_key.c.kek_id != kek_id).order_by(data_key.c.id).limit(limit)
    return [WrappedKey(*row) for row in await connection.execute(query)]


async def rewrap(connection: AsyncConnection, old: WrappedKey, kek_id: str, wrapped: bytes) -> None:
    """Replace one wrapping, unless someone else already did."""
    await connection.execute(
        update(data_key)
        .where(data_key.c.id == old.id, data_key.c.kek_id == old.kek_id)
        .values(kek_id=kek_id, wrapped=wrapped)
    )


async def in_use(connection: AsyncConnection) -> dict[str, int]:
    """Count the data keys under each key-encryption key."""
    query = select(data_key.c.kek_id, func.count()).group_by(data_key.c.kek_id)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def wrapped_by(connection: AsyncConnection) -> list[str]:
    """Return the id of each key-encryption key in use, reading one index entry for each."""
    found: list[str] = []
    query = select(func.min(data_key.c.kek_id))
    kek_id = (await connection.execute(query)).scalar()
    while kek_id is not None:
        found.append(kek_id)
        kek_id = (await connection.execute(query.where(data_key.c.kek_id > kek_id))).scalar()
    return found


async def hold_keyring(connection: AsyncConnection, *, alone: bool) -> None:
    """Until the transaction ends, let no key be retired (or, `alone`, no data key be made).

    SQLite has one writer at a time, which is all of it.
    """
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        await connection.execute(text(f"SELECT {function}(:key)"), {"key": _KEYRING_LOCK})
