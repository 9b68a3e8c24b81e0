"""Every table of the program, and the schema of a database as data, to compare."""

import importlib
from pathlib import Path
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect

import waypost
from waypost.base.database import metadata

PACKAGE = Path(waypost.__file__).parent


def all_tables() -> MetaData:
    """Import every room's store and return the metadata they share."""
    for file in sorted(PACKAGE.rglob("store.py")):
        name = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
        importlib.import_module(name)
    return metadata


def described(connection: Connection) -> dict[str, Any]:
    """Return what a database has: tables, columns, keys, constraints and indexes."""
    inspector = inspect(connection)
    tables = sorted(set(inspector.get_table_names()) - {"alembic_version"})
    return {table: _described(inspector, table) for table in tables}


def _described(inspector: Any, table: str) -> dict[str, Any]:
    def by_name(items: list[Any]) -> list[Any]:
        return sorted(items, key=lambda each: str(each.get("name")))

    columns = [
        {"name": each["name"], "type": repr(each["type"]), "nullable": each["nullable"]}
        | {"default": each["default"]}
        for each in inspector.get_columns(table)
    ]
    return {
        "columns": columns,
        "key": inspector.get_pk_constraint(table),
        "foreign": by_name(inspector.get_foreign_keys(table)),
        "unique": by_name(inspector.get_unique_constraints(table)),
        "indexes": by_name(inspector.get_indexes(table)),
        "checks": by_name(inspector.get_check_constraints(table)),
    }


def missing_migration(connection: Connection) -> str:
    """Return the Python that would bring a database to the tables the rooms declare, or nothing."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    operations = produce_migrations(context, all_tables()).upgrade_ops
    assert isinstance(operations, UpgradeOps)
    return "" if operations.is_empty() else render_python_code(operations)
