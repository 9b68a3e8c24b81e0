"""A database per test: SQLite in a folder, and PostgreSQL where TEST_POSTGRES_URL is set."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from waypost.base.database import Database, metadata

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL")
KINDS = ("sqlite", "postgresql") if POSTGRES_URL else ("sqlite",)


def worker_url() -> str:
    """Return the URL of this pytest worker's own PostgreSQL database, created when absent."""
    assert POSTGRES_URL is not None
    name = f"waypost_test_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
    asyncio.run(_create_database(name))
    return make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)


async def _create_database(name: str) -> None:
    import asyncpg  # type: ignore[import-untyped]

    server = await asyncpg.connect(POSTGRES_URL)
    try:
        await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await server.execute(f'CREATE DATABASE "{name}"')
    finally:
        await server.close()


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
def postgres_url() -> str | None:
    """Give the worker's PostgreSQL, or None where there is none."""
    return worker_url() if POSTGRES_URL else None


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str | None) -> str:
    """Give the URL of an empty database, once per kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'waypost.db'}"
    assert postgres_url is not None
    return postgres_url


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
