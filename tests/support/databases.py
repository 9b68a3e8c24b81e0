"""A database per test: SQLite in a folder, and a real PostgreSQL where one can be had."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from tests.support.postgres import NoPostgres, postgres_server

from waypost.base.database import Database, metadata

KINDS = ("sqlite", "postgresql")


def worker_url(server: str) -> str:
    """Return the URL of this pytest worker's own PostgreSQL database, made anew."""
    name = f"waypost_test_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
    asyncio.run(_create_database(server, name))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def _create_database(server: str, name: str) -> None:
    import asyncpg  # type: ignore[import-untyped]

    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


async def create_schema(database: Database) -> None:
    """Create every table that the imported rooms declare, without migrations."""
    await database.run_alone(metadata.create_all)


async def empty_schema(database: Database) -> None:
    """Make PostgreSQL as it was before any table."""
    async with database.write() as connection:
        await connection.execute(text("DROP SCHEMA IF EXISTS dbos CASCADE"))
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the worker's own PostgreSQL database; skips, and under CI fails, where there is none."""
    try:
        with postgres_server() as server:
            yield worker_url(server)
    except NoPostgres as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"there is no PostgreSQL here: {error}")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty database, once per kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'waypost.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def empty_database(database_url: str) -> AsyncIterator[Database]:
    """Give a database without tables."""
    database = Database(database_url, synchronous="NORMAL")
    if not database.is_sqlite:
        await empty_schema(database)
    yield database
    await database.close()


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """Give a database with every table of the imported rooms."""
    await create_schema(empty_database)
    return empty_database


def bytes_on_disk(folder: Path) -> bytes:
    """Return everything written in a test's folder: the SQLite file and its side files."""
    return b"".join(file.read_bytes() for file in folder.glob("**/*") if file.is_file())
