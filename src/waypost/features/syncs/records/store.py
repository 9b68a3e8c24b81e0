"""The table of kept records, and its SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
    delete,
    insert,
    select,
    update,
)

from waypost.base.clock import iso
from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, metadata
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import the_one
from waypost.features.syncs.records.keeping import Known

sync_record = Table(
    "sync_record",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("sync_job_id", Text, ForeignKey("sync_job.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("resource", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("record", Json, nullable=False),
    Column("digest", Text, nullable=False),
    Column("seen_in", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    UniqueConstraint(
        "sync_job_id", "account_id", "resource", "record_id", name="uq_sync_record_identity"
    ),
    Index(None, "environment_id", "created_at", "id"),
    Index(None, "sync_job_id", "account_id", "origin"),
)
"""`origin` is the request whose whole list would show it; `missed` counts those that did not."""

FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "sync_job_id": "text",
    "integrated_account_id": "text",
    "resource": "text",
    "record_id": "text",
    "is_deleted": "boolean",
    "created_at": "moment",
    "updated_at": "moment",
}
_COLUMNS: dict[str, ColumnElement[Any]] = {
    **sync_record.c,
    "integrated_account_id": sync_record.c.account_id,
    "is_deleted": sync_record.c.deleted_at.is_not(None),
}
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it was seen last."""

    id: str
    environment_id: str
    sync_job_id: str
    account_id: str
    resource: str
    origin: str
    record_id: str
    record: Mapping[str, Any]
    digest: str
    seen_in: str
    seen_at: float
    missed: int
    created_at: float
    updated_at: float
    deleted_at: float | None

    def wire(self) -> dict[str, Any]:
        """Show it."""
        return {
            "id": self.id,
            "environment_id": self.environment_id,
            "sync_job_id": self.sync_job_id,
            "integrated_account_id": self.account_id,
            "resource": self.resource,
            "record_id": self.record_id,
            "record": dict(self.record),
            "is_deleted": self.deleted_at is not None,
            "seen_at": iso(self.seen_at),
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "deleted_at": None if self.deleted_at is None else iso(self.deleted_at),
        }


async def add_all(connection: AsyncConnection, records: Sequence[Kept]) -> None:
    """Insert records."""
    if records:
        names = Kept.__slots__
        rows = [{name: getattr(record, name) for name in names} for record in records]
        await connection.execute(insert(sync_record), rows)


async def list_kept(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Kept]:
    """Return a page of an environment's records."""
    query = select(sync_record).where(sync_record.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, _COLUMNS)
    return Page([Kept(**row._mapping) for row in page.items], page.next)


async def get(connection: AsyncConnection, environment_id: str, kept_id: str) -> Kept:
    """Return a record; raises NotFound."""
    listing = Listing((Condition("id", "eq", kept_id),), limit=1)
    return the_one(await list_kept(connection, environment_id, listing), "record")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Whose records, and which: those of one resource that one job reads of one account."""

    environment_id: str
    sync_job_id: str
    account_id: str
    resource: str


async def known(
    connection: AsyncConnection, shelf: Shelf, record_ids: Collection[str]
) -> dict[str, Known]:
    """Return what is kept of records, by their ids, in the shelf's environment_id."""
    found: dict[str, Known] = {}
    ordered = sorted(record_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        query = select(
            sync_record.c.record_id, sync_record.c.digest, sync_record.c.deleted_at
        ).where(*_on(shelf), sync_record.c.record_id.in_(ordered[start : start + _AT_ONCE]))
        for row in await connection.execute(query):
            found[row[0]] = Known(row[1], row[2] is not None)
    return found


async def change(
    connection: AsyncConnection, shelf: Shelf, record_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of one record of the shelf's environment_id."""
    await connection.execute(
        update(sync_record)
        .where(*_on(shelf), sync_record.c.record_id == record_id)
        .values(**values)
    )


async def see(
    connection: AsyncConnection,
    shelf: Shelf,
    record_ids: Collection[str],
    seen: tuple[str, float],
) -> None:
    """Note in which run, and when, records of the shelf's environment_id were seen."""
    ordered = sorted(record_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        await connection.execute(
            update(sync_record)
            .where(*_on(shelf), sync_record.c.record_id.in_(some))
            .values(seen_in=seen[0], seen_at=seen[1], missed=0)
        )


async def vanished(
    connection: AsyncConnection,
    environment_id: str,
    run: tuple[str, str, str],
    of: str,
    since: float,
) -> list[Kept]:
    """Return what the request `of` of a run (id, job, account) did not show, and is not deleted.

    What another run has seen since a moment is there.
    """
    run_id, job_id, account_id = run
    rows = await connection.execute(
        select(sync_record)
        .where(
            sync_record.c.environment_id == environment_id,
            sync_record.c.sync_job_id == job_id,
            sync_record.c.account_id == account_id,
            sync_record.c.origin == of,
            sync_record.c.seen_in != run_id,
            sync_record.c.seen_at <= since,
            sync_record.c.deleted_at.is_(None),
        )
        .order_by(sync_record.c.created_at, sync_record.c.id)
    )
    return [Kept(**row._mapping) for row in rows]


async def of_ids(
    connection: AsyncConnection, environment_id: str, ids: Collection[str]
) -> list[Kept]:
    """Return records that are not deleted, by our ids."""
    found: list[Kept] = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        query = select(sync_record).where(
            sync_record.c.environment_id == environment_id,
            sync_record.c.id.in_(ordered[start : start + _AT_ONCE]),
            sync_record.c.deleted_at.is_(None),
        )
        found += [Kept(**row._mapping) for row in await connection.execute(query)]
    return found


async def change_all(
    connection: AsyncConnection,
    environment_id: str,
    ids: Collection[str],
    values: Mapping[str, Any],
) -> None:
    """Change some columns of records."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        await connection.execute(
            update(sync_record)
            .where(sync_record.c.environment_id == environment_id, sync_record.c.id.in_(some))
            .values(**values)
        )


async def miss(connection: AsyncConnection, environment_id: str, ids: Collection[str]) -> None:
    """Count one more whole list that did not show records."""
    values = {"missed": sync_record.c.missed + 1}
    await change_all(connection, environment_id, ids, values)


async def remove_all(
    connection: AsyncConnection, environment_id: str, ids: Collection[str]
) -> None:
    """Delete records."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        await connection.execute(
            delete(sync_record).where(
                sync_record.c.environment_id == environment_id, sync_record.c.id.in_(some)
            )
        )


async def remove_older(connection: AsyncConnection, before: float) -> int:
    """Delete what was noted as deleted before a moment, of all environments; return how many."""
    gone = delete(sync_record).where(sync_record.c.deleted_at < before)
    return (await connection.execute(gone)).rowcount


def _on(shelf: Shelf) -> tuple[ColumnElement[bool], ...]:
    return (
        sync_record.c.environment_id == shelf.environment_id,
        sync_record.c.sync_job_id == shelf.sync_job_id,
        sync_record.c.account_id == shelf.account_id,
        sync_record.c.resource == shelf.resource,
    )
