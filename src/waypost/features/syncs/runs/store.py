"""The tables of runs, of what they gather, and of who runs alone; and their SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from waypost.base.clock import iso
from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, insert_if_absent, metadata
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import change_row, remove_row, the_one
from waypost.kernel.accounts.store import account

sync_job_run = Table(
    "sync_job_run",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("sync_job_id", Text, ForeignKey("sync_job.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("trigger_id", Text),
    Column("status", Text, nullable=False),
    Column("args", Json, nullable=False),
    Column("resources", Json, nullable=False),
    Column("error_handling", Text, nullable=False),
    Column("ignore_previous_run", Boolean, nullable=False),
    Column("force", Boolean, nullable=False),
    Column("events_to_send", Json),
    Column("mutex_key", Text, nullable=False),
    Column("state_key", Text, nullable=False),
    Column("resource_stats", Json, nullable=False),
    Column("checkpoint", Json, nullable=False),
    Column("step", Integer, nullable=False),
    Column("error", Json),
    Column("retry_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Index(None, "environment_id", "created_at", "id"),
    Index(None, "account_id", "mutex_key", "status"),
    Index(None, "status", "updated_at"),
    Index(None, "sync_job_id"),
)
"""`step` counts what was written; whoever writes says which step it read, and else comes too late."""

sync_mutex = Table(
    "sync_mutex",
    metadata,
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("run_id", Text, ForeignKey("sync_job_run.id", ondelete="CASCADE"), nullable=False),
    Index(None, "run_id"),
)
"""The run that runs alone for an account and a key."""

sync_spool = Table(
    "sync_spool",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("run_id", Text, ForeignKey("sync_job_run.id", ondelete="CASCADE"), nullable=False),
    Column("node", Text, nullable=False),
    Column("path", Json, nullable=False),
    Column("records", Json, nullable=False),
    Index(None, "run_id", "node"),
)
"""Batches that wait at a spool for those after them."""

ACTIVE = ("created", "running", "rate_limited")
FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "sync_job_id": "text",
    "integrated_account_id": "text",
    "environment_id": "text",
    "status": "text",
    "created_at": "moment",
    "updated_at": "moment",
}
_COLUMNS = {**sync_job_run.c, "integrated_account_id": sync_job_run.c.account_id}


@dataclass(frozen=True, slots=True)
class Run:
    """One execution: what it was asked, how far it came, and where it goes on."""

    id: str
    environment_id: str
    sync_job_id: str
    account_id: str
    trigger_id: str | None
    status: str
    args: Mapping[str, Any]
    resources: list[Any]
    error_handling: str
    ignore_previous_run: bool
    force: bool
    events_to_send: list[str] | None
    mutex_key: str
    state_key: str
    created_at: float
    updated_at: float
    resource_stats: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    step: int = 0
    error: Mapping[str, Any] | None = None
    retry_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None

    @property
    def is_active(self) -> bool:
        """Say whether it has not ended."""
        return self.status in ACTIVE

    def wire(self) -> dict[str, Any]:
        """Show it, without where it goes on."""
        hidden = {"account_id", "trigger_id", "checkpoint", "step", "retry_at"}
        shown = {name: getattr(self, name) for name in Run.__slots__ if name not in hidden}
        for name in ("created_at", "updated_at", "started_at", "finished_at"):
            at = getattr(self, name)
            shown[name] = None if at is None else iso(at)
        return {
            **shown,
            "integrated_account_id": self.account_id,
            "sync_job_cron_trigger_id": self.trigger_id,
            "retry_after": None if self.retry_at is None else iso(self.retry_at),
            "version": 4,
        }


async def add(connection: AsyncConnection, record: Run) -> None:
    """Insert a run."""
    values = {name: getattr(record, name) for name in Run.__slots__}
    await connection.execute(insert(sync_job_run).values(**values))


async def list_runs(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Run]:
    """Return a page of an environment's runs."""
    query = select(sync_job_run).where(sync_job_run.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, _COLUMNS)
    return Page([Run(**row._mapping) for row in page.items], page.next)


async def get(connection: AsyncConnection, environment_id: str, run_id: str) -> Run:
    """Return a run; raises NotFound."""
    listing = Listing((Condition("id", "eq", run_id),), limit=1)
    return the_one(await list_runs(connection, environment_id, listing), "sync job run")


async def advance(
    connection: AsyncConnection,
    environment_id: str,
    run_id: str,
    step: int,
    values: Mapping[str, Any],
) -> bool:
    """Write how far a run has come since it was read at `step`; False when somebody was faster."""
    done = await connection.execute(
        update(sync_job_run)
        .where(
            sync_job_run.c.environment_id == environment_id,
            sync_job_run.c.id == run_id,
            sync_job_run.c.step == step,
            sync_job_run.c.status.in_(ACTIVE),
        )
        .values(**values, step=step + 1)
    )
    return done.rowcount == 1


async def count(
    connection: AsyncConnection, environment_id: str, run_id: str, stats: Mapping[str, Any]
) -> None:
    """Write a run's counts."""
    await change_row(connection, sync_job_run, environment_id, run_id, {"resource_stats": stats})


async def tenant_of(
    connection: AsyncConnection, environment_id: str, account_id: str
) -> str | None:
    """Return whose account a run reads."""
    query = select(account.c.tenant_id).where(
        account.c.environment_id == environment_id, account.c.id == account_id
    )
    return (await connection.execute(query)).scalar()


async def remove(connection: AsyncConnection, environment_id: str, run_id: str) -> None:
    """Delete a run."""
    await remove_row(connection, sync_job_run, environment_id, run_id)


async def hold(
    connection: AsyncConnection, environment_id: str, account_id: str, key: str, run_id: str
) -> bool:
    """Have a run run alone; False when another does."""
    values = {
        "account_id": account_id,
        "key": key,
        "environment_id": environment_id,
        "run_id": run_id,
    }
    if await insert_if_absent(connection, sync_mutex, values, keys=("account_id", "key")):
        return True
    query = select(sync_mutex.c.run_id).where(
        sync_mutex.c.environment_id == environment_id,
        sync_mutex.c.account_id == account_id,
        sync_mutex.c.key == key,
    )
    return (await connection.execute(query)).scalar() == run_id


async def let_go(connection: AsyncConnection, environment_id: str, run: Run) -> list[Run]:
    """Free what a run held and gathered; return the oldest that waited for it, if any."""
    for table in (sync_mutex, sync_spool):
        await connection.execute(
            delete(table).where(table.c.environment_id == environment_id, table.c.run_id == run.id)
        )
    query = (
        select(sync_job_run)
        .where(
            sync_job_run.c.environment_id == environment_id,
            sync_job_run.c.account_id == run.account_id,
            sync_job_run.c.mutex_key == run.mutex_key,
            sync_job_run.c.status == "created",
            sync_job_run.c.id != run.id,
        )
        .order_by(sync_job_run.c.created_at, sync_job_run.c.id)
        .limit(1)
    )
    return [Run(**row._mapping) for row in await connection.execute(query)]


async def is_waiting(connection: AsyncConnection, environment_id: str, trigger_id: str) -> bool:
    """Say whether a run of a trigger has not begun yet."""
    query = select(sync_job_run.c.id).where(
        sync_job_run.c.environment_id == environment_id,
        sync_job_run.c.trigger_id == trigger_id,
        sync_job_run.c.status == "created",
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def still(connection: AsyncConnection, statuses: Collection[str], before: float) -> list[Run]:
    """Return runs of all environments in which nothing has moved since a moment, at most 100."""
    query = (
        select(sync_job_run)
        .where(sync_job_run.c.status.in_(list(statuses)), sync_job_run.c.updated_at < before)
        .order_by(sync_job_run.c.updated_at)
        .limit(100)
    )
    return [Run(**row._mapping) for row in await connection.execute(query)]


async def remove_older(connection: AsyncConnection, before: float) -> int:
    """Delete the runs of all environments that ended before a moment; return how many."""
    ended = delete(sync_job_run).where(sync_job_run.c.finished_at < before)
    return (await connection.execute(ended)).rowcount


async def add_spooled(
    connection: AsyncConnection,
    environment_id: str,
    run_id: str,
    batches: Sequence[tuple[str, Sequence[str], Sequence[Any]]],
) -> None:
    """Keep batches (spool, path, records) for later."""
    rows = [
        {
            "environment_id": environment_id,
            "run_id": run_id,
            "node": node,
            "path": list(path),
            "records": list(records),
        }
        for node, path, records in batches
    ]
    await connection.execute(insert(sync_spool), rows)


async def spooled(
    connection: AsyncConnection, environment_id: str, run_id: str, node: str
) -> tuple[list[str], list[Any]]:
    """Return the path and all records that wait at a spool, in their order."""
    rows = await connection.execute(
        select(sync_spool.c.path, sync_spool.c.records)
        .where(
            sync_spool.c.environment_id == environment_id,
            sync_spool.c.run_id == run_id,
            sync_spool.c.node == node,
        )
        .order_by(sync_spool.c.position)
    )
    path: list[str] = []
    records: list[Any] = []
    for row in rows:
        path = row[0]
        records += row[1]
    return path, records
