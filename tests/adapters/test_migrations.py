"""Bringing a database up to this version."""

import asyncio
import subprocess
import sys

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
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


def test_newest_revisions_are_those_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCHEMA))
    assert heads() == set(ScriptDirectory.from_config(config).get_heads())


def test_alembic_is_loaded_only_when_there_is_something_to_upgrade() -> None:
    program = "import sys, waypost.adapters.migrations; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
