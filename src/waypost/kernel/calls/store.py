"""The table of call records: written by the batch, read by environment and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
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


def _insert(source: str, columns: Sequence[str] = COLUMNS) -> str:
    return f"INSERT INTO call_record ({', '.join(columns)}) {source}"


def _marks(columns: Sequence[str]) -> str:
    return ", ".join("?" * len(columns))


def _values(columns: Sequence[str], rows: int) -> str:
    return f"VALUES {', '.join([f'({_marks(columns)})'] * rows)}"


_ON_POSTGRESQL = ", ".join(
    f"CAST(${number} AS json)" if name == "notes" else f"${number}"
    for number, name in enumerate(COLUMNS, start=1)
)
_TOGETHER = (128, 16, 1)
"""Rows per statement on SQLite, most first; statements of few lengths stay prepared."""
_OWN = (
    *("id", "at", "resource", "method", "http_method", "http_url", "status"),
    *("duration_ms", "fetch_ms", "bytes_out"),
)
"""What differs between the calls of one account that went alike; the rest is said once for all."""
_COMMON = tuple(name for name in COLUMNS if name not in _OWN)
_own = itemgetter(*map(COLUMNS.index, _OWN))
_common = itemgetter(*map(COLUMNS.index, _COMMON))
_ALIKE = {
    rows: _insert(
        f"SELECT {_marks(_COMMON)}, * FROM ({_values(_OWN, rows)})",  # noqa: S608 - only marks
        (*_COMMON, *_OWN),
    )
    for rows in _TOGETHER[:2]
}
_ANY = {rows: _insert(_values(COLUMNS, rows)) for rows in _TOGETHER}


async def insert_batch(database: Database, rows: list[tuple[Any, ...]]) -> None:
    """Write a batch of rows in the order of `COLUMNS`, `notes` as JSON text."""
    # Through the driver: 4 µs a row on SQLite, where a statement per row through SQLAlchemy costs 9
    # to 27, and one statement over json_each 15. Many rows in one statement, because the driver
    # gives the interpreter away and takes it back once per statement, which makes the event loop
    # pay another 25 µs a row (measured under load). One index besides the key for the same reason.
    act = _insert_on_sqlite if database.is_sqlite else _insert_on_postgresql
    await database.write_at_once(lambda core: act(core, rows))


def _insert_on_postgresql(core: Connection, rows: list[tuple[Any, ...]]) -> None:
    core.exec_driver_sql(_insert(f"VALUES ({_ON_POSTGRESQL})"), rows)


def _insert_on_sqlite(core: Connection, rows: list[tuple[Any, ...]]) -> None:
    # Half the price where many are of one account: values are bound one by one.
    alike: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        alike.setdefault(_common(row), []).append(row)
    left: list[tuple[Any, ...]] = []
    if max(map(len, alike.values()), default=0) < min(_ALIKE):
        alike, left = {}, rows  # in their order
    for common, its in alike.items():
        done = 0
        for size, statement in _ALIKE.items():
            while len(its) - done >= size:
                own = map(_own, its[done : done + size])
                core.exec_driver_sql(statement, (*common, *chain.from_iterable(own)))
                done += size
        left += its[done:]
    done = 0
    for size, statement in _ANY.items():
        while len(left) - done >= size:
            values = tuple(chain.from_iterable(left[done : done + size]))
            core.exec_driver_sql(statement, values)
            done += size


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
