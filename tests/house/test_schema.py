"""The migrations make exactly the tables that the rooms declare."""

from typing import Any

import pytest
from sqlalchemy import Connection, Constraint, Index
from tests.support.databases import empty_schema
from tests.support.schema import all_tables, described, missing_migration

from waypost.adapters.migrations import heads, upgrade
from waypost.base.database import Database

pytestmark = pytest.mark.anyio


async def _fresh(database: Database) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def create(connection: Connection) -> None:
        all_tables().create_all(connection)
        found.update(described(connection))
        all_tables().drop_all(connection)

    await database.run_alone(create)
    return found


async def test_the_migrated_schema_is_the_fresh_one(empty_database: Database) -> None:
    fresh = await _fresh(empty_database)
    if not empty_database.is_sqlite:
        await empty_schema(empty_database)
    await upgrade(empty_database)
    migrated: dict[str, Any] = {}
    missing: list[str] = []

    def read(connection: Connection) -> None:
        migrated.update(described(connection))
        missing.append(missing_migration(connection))

    await empty_database.run_alone(read)
    hint = "write a migration in src/waypost/schema/versions with:\n"
    assert missing == [""], hint + missing[0]
    for table, description in fresh.items():
        assert migrated[table] == description, table
    assert migrated.keys() == fresh.keys()


def test_the_migrations_form_one_line() -> None:
    assert len(heads()) == 1, "two migrations follow the same one: number them one after the other"


def test_every_name_fits_postgresql() -> None:
    for table in all_tables().tables.values():
        named = [*table.constraints, *table.indexes]
        names = [str(each.name) for each in named if isinstance(each, Constraint | Index)]
        assert [name for name in names if len(name) > 63] == []


def test_every_row_belongs_to_an_environment() -> None:
    # When this server was last there is said of the server.
    whole = {"environment", "alembic_version", "heartbeat"}
    for name, table in all_tables().tables.items():
        assert name in whole or "environment_id" in table.c, name
