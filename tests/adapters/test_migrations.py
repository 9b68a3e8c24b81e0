"""Bringing a database up to this version."""

import asyncio

import pytest
from sqlalchemy import text
from tests.support.schema import described

from waypost.adapters.migrations import heads, upgrade
from waypost.base.database import Database
from waypost.base.errors import StorageUnavailable

pytestmark = pytest.mark.anyio


async def _version(database: Database) -> str:
    async with database.read() as connection:
        query = text("SELECT version_num FROM alembic_version")
        return str((await connection.execute(query)).scalar_one())


async def test_upgrading_twice_is_upgrading_once(empty_database: Database) -> None:
    await upgrade(empty_database)
    assert {await _version(empty_database)} == heads()
    async with empty_database.write() as connection:
        row = "INSERT INTO environment VALUES ('e', 'Shop', 0, 0)"
        await connection.execute(text(row))
    await upgrade(empty_database)
    async with empty_database.read() as connection:
        assert (await connection.execute(text("SELECT name FROM environment"))).scalar_one()


async def test_processes_that_start_at_once_upgrade_one_after_the_other(
    empty_database: Database, database_url: str
) -> None:
    others = [Database(database_url) for _ in range(3)]
    await asyncio.gather(*(upgrade(each) for each in [empty_database, *others]))
    for each in others:
        await each.close()
    assert {await _version(empty_database)} == heads()


async def test_a_database_of_a_newer_version_is_left_alone(empty_database: Database) -> None:
    await upgrade(empty_database)
    async with empty_database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    with pytest.raises(StorageUnavailable, match="from-the-future"):
        await upgrade(empty_database)


async def test_an_upgrade_that_fails_leaves_nothing(empty_database: Database) -> None:
    async with empty_database.write() as connection:
        await connection.execute(text("CREATE TABLE tenant (id TEXT)"))  # in the way
    with pytest.raises(Exception, match=r"failed|exists"):
        await upgrade(empty_database)
    found: list[str] = []
    await empty_database.run_alone(lambda connection: found.extend(described(connection)))
    assert found == ["tenant"]
