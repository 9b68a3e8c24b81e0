"""Bringing a database up to this version."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, select, text
from tests.support.schema import described

from waypost.adapters.migrations import SCHEMA, heads, upgrade
from waypost.base.database import Database
from waypost.base.errors import StorageUnavailable


async def _version(database: Database) -> str:
    async with database.read() as connection:
        query = text("SELECT version_num FROM alembic_version")
        return str((await connection.execute(query)).scalar_one())


@pytest.mark.anyio
async def test_upgrading_twice_is_upgrading_once(empty_database: Database) -> None:
    await upgrade(empty_database)
    assert {await _version(empty_database)} == heads()
    async with empty_database.write() as connection:
        row = "INSERT INTO environment VALUES ('e', 'Shop', 0, 0)"
        await connection.execute(text(row))
    await upgrade(empty_database)
    async with empty_database.read() as connection:
        assert (await connection.execute(text("SELECT name FROM environment"))).scalar_one()


@pytest.mark.anyio
async def test_processes_that_start_at_once_upgrade_one_after_the_other(
    empty_database: Database, database_url: str
) -> None:
    others = [Database(database_url) for _ in range(3)]
    await asyncio.gather(*(upgrade(each) for each in [empty_database, *others]))
    for each in others:
        await each.close()
    assert {await _version(empty_database)} == heads()


@pytest.mark.anyio
async def test_a_database_of_a_newer_version_is_left_alone(empty_database: Database) -> None:
    await upgrade(empty_database)
    async with empty_database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    with pytest.raises(StorageUnavailable, match="from-the-future"):
        await upgrade(empty_database)


@pytest.mark.anyio
async def test_an_upgrade_that_fails_leaves_nothing(empty_database: Database) -> None:
    async with empty_database.write() as connection:
        await connection.execute(text("CREATE TABLE tenant (id TEXT)"))  # in the way
    with pytest.raises(Exception, match=r"failed|exists"):
        await upgrade(empty_database)
    found: list[str] = []
    await empty_database.run_alone(lambda connection: found.extend(described(connection)))
    assert found == ["tenant"]


@pytest.mark.anyio
async def test_what_an_old_version_kept_is_there_after_the_upgrade(
    empty_database: Database,
) -> None:
    before: dict[str, list[dict[str, Any]]] = {}

    def write_old_rows(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(SCHEMA))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            for number in range(3):
                connection.execute(table.insert().values(_row(table, number)))
            before[table.name] = _rows(connection, table)

    await empty_database.run_alone(write_old_rows)
    assert {"account", "call_record", "environment", "event"} <= before.keys()
    await upgrade(empty_database)
    after: dict[str, list[dict[str, Any]]] = {}

    def read_them_again(connection: Connection) -> None:
        tables = MetaData()
        tables.reflect(connection)
        for name, rows in before.items():
            known = rows[0].keys()
            found = _rows(connection, tables.tables[name])
            after[name] = [{k: row[k] for k in known} for row in found]

    await empty_database.run_alone(read_them_again)
    assert after == before


def _row(table: Table, number: int) -> dict[str, Any]:
    """Return a row with something in every column; rows of one number belong together."""
    values: dict[type, Any] = {
        bool: number == 1,
        int: number,
        float: number + 0.5,
        bytes: bytes([number, 0, 255]),
        dict: {"number": number},
    }
    return {
        column.name: f"{number}"
        if column.foreign_keys or column.name == "id"
        else values.get(column.type.python_type, f"{column.name} {number}")
        for column in table.columns
    }


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    found = connection.execute(select(table).order_by(*table.primary_key.columns))
    return [dict(row._mapping) for row in found]


def test_newest_revisions_are_those_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCHEMA))
    assert heads() == set(ScriptDirectory.from_config(config).get_heads())


def test_alembic_is_loaded_only_when_there_is_something_to_upgrade() -> None:
    program = "import sys, waypost.adapters.migrations; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
