"""A database per test: SQLite in a folder, and a real PostgreSQL where one can be had.

What takes `database` or `database_url` runs on both. A served platform has SQLite, but for the
modules of `ON_BOTH`; `./dev test --on=postgresql` serves every platform on PostgreSQL, and its
budgets on a Valkey (`support/valkey.py`).
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from tests.support.postgres import URL, NoPostgres, postgres_server

from waypost.base.database import Database, metadata

KINDS = ("sqlite", "postgresql")
_CHOSEN = "TEST_PLATFORMS_ON"

_servers = ExitStack()
_server: list[str] = []
_made: list[str] = []


def choose_kind(kind: str) -> None:
    """Have every platform of this run, and of the processes it starts, on one kind."""
    os.environ[_CHOSEN] = kind


def chosen_kind() -> str:
    """Return what a served platform has, if its test does not say."""
    return os.environ.get(_CHOSEN, KINDS[0])


def server_url() -> str:
    """Return the PostgreSQL of this process, started when it is first wanted; raises NoPostgres."""
    if not _server:
        _server.append(_servers.enter_context(postgres_server()))
    return _server[0]


def stop_server() -> None:
    """Leave nothing behind: no server of ours, no database on one that was named."""
    for name in _made if _server and URL else ():
        _run(_drop_database(_server[0], name))
    _made.clear()
    _server.clear()
    _servers.close()


def own_url(place: Path, kind: str | None = None) -> str | None:
    """Return the URL of the database that belongs to a folder, or None for the one inside it.

    The same folder has the same database, so that a platform can be started there again.
    """
    if (kind or chosen_kind()) == KINDS[0]:
        return None
    name = f"waypost_{hashlib.sha256(str(place).encode()).hexdigest()[:20]}"
    server = _had_or_skipped()
    if name not in _made:
        _run(_create_database(server, name))
        _made.append(name)
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _had_or_skipped() -> str:
    try:
        return server_url()
    except NoPostgres as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"there is no PostgreSQL here: {error}")


def worker_url(server: str) -> str:
    """Return the URL of this pytest worker's own PostgreSQL database, made anew."""
    name = f"waypost_test_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
    _run(_create_database(server, name))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _run(work: Coroutine[Any, Any, None]) -> None:
    # In a thread: whoever asks may stand in a loop of its own.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _create_database(server: str, name: str) -> None:
    await _execute(server, _DROP.format(name), f'CREATE DATABASE "{name}"')


async def _drop_database(server: str, name: str) -> None:
    await _execute(server, _DROP.format(name))


_DROP = 'DROP DATABASE IF EXISTS "{}" WITH (FORCE)'


async def _execute(server: str, *statements: str) -> None:
    import asyncpg  # type: ignore[import-untyped]

    connection = await asyncpg.connect(server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def create_schema(database: Database) -> None:
    """Create every table that the imported rooms declare, without migrations.

    Which rooms are imported is up to the tests before this one: a table is left out while one that
    it refers to has not been declared.
    """
    tables = dict(metadata.tables)
    left = len(tables) + 1
    while len(tables) < left:
        left = len(tables)
        tables = {
            name: table
            for name, table in tables.items()
            if all(key.target_fullname.split(".")[0] in tables for key in table.foreign_keys)
        }
    await database.run_alone(partial(metadata.create_all, tables=list(tables.values())))


async def empty_schema(database: Database) -> None:
    """Make PostgreSQL as it was before any table."""
    async with database.write() as connection:
        await connection.execute(text("DROP SCHEMA IF EXISTS dbos CASCADE"))
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))


@pytest.fixture(scope="session", autouse=True)
def servers() -> Iterator[None]:
    """Stop what this run started, after everything that used it."""
    yield
    stop_server()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Give the worker's own PostgreSQL database; skips, and under CI fails, where there is none."""
    return worker_url(_had_or_skipped())


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
