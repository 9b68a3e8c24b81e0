"""The table of suppressions, and its SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    or_,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, insert_if_absent, metadata
from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.kernel.accounts.store import account
from waypost.kernel.suppressions.model import Reading, Suppression

suppression = Table(
    "suppression",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("tenant_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("detail", Text),
    Column("native_list", Text),
    Column("native_id", Text),
    Column("occurred_at", Moment),
    Column("seen_in", Text),
    Column("missed", Integer, nullable=False),
    Column("removal", Text),
    Column("removed_at", Moment),
    Column("removed_by", Text),
    Column("removed_why", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("returns", Json),
    UniqueConstraint(
        "environment_id",
        "tenant_id",
        "address",
        "reason",
        "scope",
        "origin",
        name="uq_suppression_identity",
    ),
    Index(None, "environment_id", "tenant_id", "key"),
    Index(None, "environment_id", "created_at", "id"),
    Index(None, "environment_id", "origin"),
)
"""`origin` is no foreign key: what an account told outlives it, until a person removes it."""

FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "tenant_id": "text",
    "address": "text",
    "reason": "text",
    "scope": "text",
    "source": "text",
    "integrated_account_id": "text",
    "is_active": "boolean",
    "created_at": "moment",
    "updated_at": "moment",
}
reading = Table(
    "suppression_reading",
    metadata,
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("run", Text),
    Column("began_at", Moment),
    Column("place", Json),
    Column("unread", Json, nullable=False),
    Column("finished_at", Moment),
)
"""How far the reading of an account's lists at its provider has come; `run` is None between two."""

_COLUMNS: dict[str, ColumnElement[Any]] = {
    **suppression.c,
    "integrated_account_id": suppression.c.origin,
    "is_active": suppression.c.removed_at.is_(None),
}
_AT_ONCE = 500
_HOLDING = (
    select(suppression)
    .join(account, account.c.tenant_id == suppression.c.tenant_id)
    .where(
        account.c.id == bindparam("of_account"),
        account.c.environment_id == bindparam("environment"),
        suppression.c.environment_id == bindparam("environment"),
        suppression.c.key.in_(bindparam("keys", expanding=True)),
        suppression.c.removed_at.is_(None),
    )
)
"""Asked before every send, so it is put together once."""


async def holding(
    connection: AsyncConnection, environment_id: str, account_id: str, keys: Collection[str]
) -> list[Suppression]:
    """Return what may hold somebody back from an account's sends, by keys of addresses."""
    found: list[Suppression] = []
    ordered = sorted(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        given = {
            "of_account": account_id,
            "environment": environment_id,
            "keys": ordered[start : start + _AT_ONCE],
        }
        rows = await connection.execute(_HOLDING, given)
        found += [_entry(row._mapping) for row in rows]
    return found


async def of_addresses(
    connection: AsyncConnection, environment_id: str, tenant_id: str, addresses: Collection[str]
) -> list[Suppression]:
    """Return all entries of some addresses, removed ones too; nobody changes them meanwhile."""
    rows = await connection.execute(
        select(suppression)
        .where(
            suppression.c.environment_id == environment_id,
            suppression.c.tenant_id == tenant_id,
            suppression.c.address.in_(sorted(addresses)),
        )
        .with_for_update()
    )
    return [_entry(row._mapping) for row in rows]


async def add(connection: AsyncConnection, entries: Sequence[Suppression]) -> None:
    """Insert entries; one that another process has just added is that one's."""
    identity = ("environment_id", "tenant_id", "address", "reason", "scope", "origin")
    for each in entries:
        values = {name: getattr(each, name) for name in Suppression.__slots__}
        await insert_if_absent(connection, suppression, values, keys=identity)


async def change(
    connection: AsyncConnection, environment_id: str, entry_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of an entry."""
    await connection.execute(
        update(suppression)
        .where(suppression.c.environment_id == environment_id, suppression.c.id == entry_id)
        .values(**values)
    )


async def get(connection: AsyncConnection, environment_id: str, entry_id: str) -> Suppression:
    """Return one entry; raises NotFound."""
    listing = Listing((Condition("id", "eq", entry_id),), limit=1)
    page = await list_entries(connection, environment_id, listing)
    if not page.items:
        raise NotFound("There is no such suppression.")
    return page.items[0]


async def list_entries(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Suppression]:
    """Return a page of an environment's entries."""
    query = select(suppression).where(suppression.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, _COLUMNS)
    return Page([_entry(row._mapping) for row in page.items], page.next)


async def to_read(
    connection: AsyncConnection, integrations: Collection[str]
) -> list[tuple[str, str]]:
    """Return (environment, account) of the active accounts of integrations, of all environments."""
    query = select(account.c.environment_id, account.c.id).where(
        account.c.integration.in_(sorted(integrations)), account.c.status == "active"
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]


async def get_reading(
    connection: AsyncConnection, environment_id: str, account_id: str
) -> Reading | None:
    """Return how far an account's reading has come."""
    query = select(reading).where(
        reading.c.environment_id == environment_id, reading.c.account_id == account_id
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return Reading(**{name: row._mapping[name] for name in Reading.__slots__})


async def put_reading(connection: AsyncConnection, environment_id: str, record: Reading) -> None:
    """Write down how far a reading has come."""
    values = {name: getattr(record, name) for name in Reading.__slots__}
    if await insert_if_absent(connection, reading, values, keys=("account_id",)):
        return
    place = (reading.c.environment_id == environment_id, reading.c.account_id == record.account_id)
    await connection.execute(update(reading).where(*place).values(**values))


async def settle(
    connection: AsyncConnection,
    environment_id: str,
    record: Reading,
    complete: Mapping[str, str],
    *,
    is_whole: bool,
    grace: float,
    misses: int,
    now: float,
) -> int:
    """Count what a reading missed, and remove what so many in a row did; return how many.

    `complete` are the lists that were read to their end, with their reasons; `is_whole` says that
    these are all. What an event told within `grace` seconds of its beginning may not be listed yet.
    """
    began = record.began_at or now
    reasons = {*complete.values(), *(("provider",) if is_whole else ())}
    ours = and_(
        suppression.c.environment_id == environment_id,
        suppression.c.origin == record.account_id,
        suppression.c.removed_at.is_(None),
    )
    is_shown = _is_shown(environment_id, record.run)
    listed = and_(
        suppression.c.native_list.in_(list(complete)),
        or_(suppression.c.seen_in.is_(None), suppression.c.seen_in != record.run),
        suppression.c.updated_at < began,
    )
    heard = and_(suppression.c.native_list.is_(None), suppression.c.reason.in_(sorted(reasons)))
    gone = or_(listed, and_(heard, ~is_shown, suppression.c.updated_at < began - grace))
    missed = {"missed": suppression.c.missed + 1}
    await connection.execute(
        update(suppression).where(ours, and_(heard, is_shown)).values(missed=0)
    )
    await connection.execute(update(suppression).where(ours, gone).values(missed))
    removed = {
        "removal": "provider",
        "removed_at": now,
        "removed_by": "the provider",
        "removed_why": "It stands on none of the provider's lists any more.",
        "updated_at": now,
    }
    done = await connection.execute(
        update(suppression).where(ours, suppression.c.missed >= misses).values(**removed)
    )
    return done.rowcount


def _is_shown(environment_id: str, run: str | None) -> ColumnElement[bool]:
    """Return the clause that a reading showed what an event told."""
    other = suppression.alias()
    return (
        exists()
        .where(
            other.c.environment_id == environment_id,
            other.c.origin == suppression.c.origin,
            other.c.tenant_id == suppression.c.tenant_id,
            other.c.address == suppression.c.address,
            other.c.seen_in == run,
            or_(other.c.reason == suppression.c.reason, suppression.c.reason == "provider"),
        )
        .correlate(suppression)
    )


def _entry(row: Mapping[Any, Any]) -> Suppression:
    return Suppression(**{name: row[name] for name in Suppression.__slots__})
