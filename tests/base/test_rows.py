"""Rows are changed and removed in one environment only, whoever else has the same id."""

import pytest
from sqlalchemy import Column, MetaData, String, Table, insert, select

from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import NotFound
from waypost.base.listing import Page
from waypost.base.rows import change_row, remove_row, the_one

pytestmark = pytest.mark.anyio

THING = Table(
    "thing_of_test_rows",
    MetaData(),
    Column("environment_id", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("colour", String),
)
ROWS = [("one", "a", "red"), ("one", "b", "red"), ("two", "a", "red")]


async def filled(connection: AsyncConnection) -> None:
    await connection.run_sync(THING.create)
    for environment_id, row_id, colour in ROWS:
        values = {"environment_id": environment_id, "id": row_id, "colour": colour}
        await connection.execute(insert(THING).values(values))


async def kept(connection: AsyncConnection) -> set[tuple[str, str, str]]:
    return {tuple(row) for row in await connection.execute(select(THING))}


async def test_a_row_is_changed_and_no_other(empty_database: Database) -> None:
    async with empty_database.write() as connection:
        await filled(connection)
        await change_row(connection, THING, "one", "a", {"colour": "blue"})
        await change_row(connection, THING, "three", "b", {"colour": "blue"})
        assert await kept(connection) == {("one", "a", "blue"), *ROWS[1:]}


async def test_a_row_is_removed_and_no_other(empty_database: Database) -> None:
    async with empty_database.write() as connection:
        await filled(connection)
        await remove_row(connection, THING, "two", "a")
        await remove_row(connection, THING, "two", "b")
        assert await kept(connection) == set(ROWS[:2])


async def test_what_is_not_there_is_named() -> None:
    assert the_one(Page(["a"]), "thing") == "a"
    with pytest.raises(NotFound, match="There is no such thing"):
        the_one(Page([]), "thing")
