"""The table of call records: written by the batch, read by environment and time."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Index, Integer, Select, String, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from waypost.base.database import Database, Json, Moment, metadata

call_records = Table(
    "call_record",
    metadata,
    Column("id", String(36), primary_key=True),
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
    Column("bytes_in", Integer, nullable=False),
    Column("bytes_out", Integer, nullable=False),
    Column("result_count", Integer),
    Column("needs_reauth", Boolean, nullable=False),
    Column("error_code", String(64)),
    Column("message", String),
    Column("notes", Json),
    Index("ix_call_record_environment_id_at", "environment_id", "at"),
    Index("ix_call_record_account_id_at", "account_id", "at"),
)

_COLUMNS = tuple(column.name for column in call_records.columns)
_JSON_COLUMNS = {"notes"}


def _sqlite_insert() -> str:
    fields = ", ".join(f"value ->> '$.{name}'" for name in _COLUMNS)
    return (
        f"INSERT INTO call_record ({', '.join(_COLUMNS)}) "  # noqa: S608 - names of ours
        f"SELECT {fields} FROM json_each(:rows) WHERE true ON CONFLICT (id) DO NOTHING"
    )


def _postgres_insert() -> str:
    return (
        f"INSERT INTO call_record ({', '.join(_COLUMNS)}) "  # noqa: S608 - names of ours
        f"SELECT {', '.join(_COLUMNS)} FROM json_populate_recordset(NULL::call_record, "
        "CAST(:rows AS json)) ON CONFLICT (id) DO NOTHING"
    )


# One statement with one JSON parameter: a batch costs a few microseconds a row.
_INSERT = {True: text(_sqlite_insert()), False: text(_postgres_insert())}


async def insert_batch(database: Database, rows: list[dict[str, Any]]) -> None:
    """Write a batch; a row written before is left as it is, so a batch may be tried again."""
    async with database.write() as connection:
        await connection.execute(_INSERT[database.is_sqlite], {"rows": orjson.dumps(rows).decode()})


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What to list: newest first; `before` is the (at, id) of the last row already seen."""

    environment_id: str
    account_id: str | None = None
    since: float | None = None
    until: float | None = None
    equals: tuple[tuple[str, Any], ...] = ()
    before: tuple[float, str] | None = None
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
        at, record_id = query.before
        statement = statement.where((table.at < at) | ((table.at == at) & (table.id < record_id)))
    return statement.order_by(table.at.desc(), table.id.desc()).limit(query.limit)
