"""The table of call records: written by the batch, read by environment and time."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    select,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Database, Json, Moment, metadata

_Wide = BigInteger().with_variant(Integer, "sqlite")

call_records = Table(
    "call_record",
    metadata,
    Column("sequence", _Wide, primary_key=True),
    Column("id", String(36), nullable=False),
    Column("environment_id", String(36), nullable=False),
    Column("account_id", String(36), nullable=False),
    Column("tenant_id", String(256)),
    Column("integration", String(64), nullable=False),
    Column("surface", String(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("resource", String(128)),
    Column("method", String(64)),
    Column("http_method", String(16), nullable=False),
    Column("http_url", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("duration_ms", Moment, nullable=False),
    Column("fetch_ms", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("bytes_in", _Wide, nullable=False),
    Column("bytes_out", _Wide, nullable=False),
    Column("result_count", Integer),
    Column("needs_reauth", Boolean, nullable=False),
    Column("error_code", String(64)),
    Column("message", String),
    Column("notes", Json),
    Index("ix_call_record_environment_id_at", "environment_id", "at"),
)

COLUMNS = tuple(column.name for column in call_records.columns if column.name != "sequence")
"""The order of a row's values."""


def _insert(values: str) -> str:
    return f"INSERT INTO call_record ({', '.join(COLUMNS)}) VALUES {values}"  # noqa: S608


_ON_POSTGRESQL = ", ".join(
    f"CAST(${number} AS json)" if name == "notes" else f"${number}"
    for number, name in enumerate(COLUMNS, start=1)
)
_ON_SQLITE = f"({', '.join('?' for _ in COLUMNS)})"
_TOGETHER = {rows: _insert(", ".join([_ON_SQLITE] * rows)) for rows in (128, 16, 1)}
"""Statements on SQLite by the rows they take, most first; few stay prepared."""


async def insert_batch(database: Database, rows: list[tuple[Any, ...]]) -> None:
    """Write a batch of rows in the order of `COLUMNS`, `notes` as JSON text."""
    # Through the driver: 6 µs a row on SQLite, where a statement per row through SQLAlchemy costs 9
    # to 27, and one statement over json_each 23. Many rows in one statement, because the driver
    # gives the interpreter away and takes it back once per statement, which makes the event loop
    # pay another 25 µs a row (measured under load). One index besides the key for the same reason.
    async with database.write() as connection:
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql(_insert(f"({_ON_POSTGRESQL})"), rows)
        else:
            await connection.run_sync(lambda core: _insert_on_sqlite(core, rows))


def _insert_on_sqlite(core: Connection, rows: list[tuple[Any, ...]]) -> None:
    done = 0
    for together, statement in _TOGETHER.items():
        while len(rows) - done >= together:
            values = tuple(chain.from_iterable(rows[done : done + together]))
            core.exec_driver_sql(statement, values)
            done += together


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What to list: newest first; `before` is the (at, sequence) of the last row already seen."""

    environment_id: str
    account_id: str | None = None
    since: float | None = None
    until: float | None = None
    equals: tuple[tuple[str, Any], ...] = ()
    before: tuple[float, int] | None = None
    limit: int = 25


async def list_records(connection: AsyncConnection, query: LogQuery) -> list[dict[str, Any]]:
    """Return rows of one environment, newest first."""
    rows = await connection.execute(_statement(query))
    return [dict(row._mapping) for row in rows]


def _statement(query: LogQuery) -> Select[Any]:
    table = call_records.c
    statement = select(call_records).where(table.environment_id == query.environment_id)
    if query.account_id is not None:
        statement = statement.where(table.account_id == query.account_id)
    if query.since is not None:
        statement = statement.where(table.at > query.since)
    if query.until is not None:
        statement = statement.where(table.at < query.until)
    for name, value in query.equals:
        statement = statement.where(table[name] == value)
    if query.before is not None:
        at, sequence = query.before
        statement = statement.where(
            (table.at < at) | ((table.at == at) & (table.sequence < sequence))
        )
    return statement.order_by(table.at.desc(), table.sequence.desc()).limit(query.limit)
