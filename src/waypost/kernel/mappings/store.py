"""The tables of installed unified models and of mapping overrides, and their SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    delete,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, insert_if_absent, metadata
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import change_row, remove_row, the_one

model_install = Table(
    "model_install",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("model", Text, nullable=False),
    Column("override", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("environment_id", "model"),
    Index(None, "environment_id", "created_at", "id"),
)

mapping_override = Table(
    "mapping_override",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column(
        "model_install_id", Text, ForeignKey("model_install.id", ondelete="CASCADE"), nullable=False
    ),
    Column("model", Text, nullable=False),
    Column("integration", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("config", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # Named here, since the name by convention is a letter too long for PostgreSQL.
    UniqueConstraint(
        "model_install_id", "integration", "resource", "method", name="uq_mapping_override_cell"
    ),
    Index(None, "environment_id", "created_at", "id"),
)

MODEL_INSTALL_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "model": "text",
    "created_at": "moment",
    "updated_at": "moment",
}
MAPPING_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "environment_unified_model_id": "text",
    "integration_name": "text",
    "resource_name": "text",
    "method_name": "text",
    "created_at": "moment",
    "updated_at": "moment",
}
_MAPPING_COLUMNS: dict[str, ColumnElement[Any]] = {
    **mapping_override.c,
    "environment_unified_model_id": mapping_override.c.model_install_id,
    "integration_name": mapping_override.c.integration,
    "resource_name": mapping_override.c.resource,
    "method_name": mapping_override.c.method,
}

Cell = tuple[str, str, str, str]
"""Integration, model, resource and method: which mapping."""


@dataclass(frozen=True, slots=True)
class ModelInstall:
    """A unified model switched on in an environment."""

    id: str
    environment_id: str
    model: str
    override: Mapping[str, Any]
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class MappingOverride:
    """What an environment changes about one mapping; `version` grows with every change."""

    id: str
    environment_id: str
    model_install_id: str
    model: str
    integration: str
    resource: str
    method: str
    config: Mapping[str, Any]
    version: int
    created_at: float
    updated_at: float


async def add_model(connection: AsyncConnection, record: ModelInstall) -> bool:
    """Insert an installed model unless there is one; return whether it was inserted."""
    values = {name: getattr(record, name) for name in ModelInstall.__slots__}
    return await insert_if_absent(
        connection, model_install, values, keys=["environment_id", "model"]
    )


async def list_models(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[ModelInstall]:
    """Return a page of an environment's installed models."""
    query = select(model_install).where(model_install.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, dict(model_install.c))
    return Page([ModelInstall(**row._mapping) for row in page.items], page.next)


async def get_model(
    connection: AsyncConnection, environment_id: str, field: str, value: str
) -> ModelInstall:
    """Return the installed model whose `id` or `model` is `value`; raises NotFound."""
    listing = Listing((Condition(field, "eq", value),), limit=1)
    return the_one(
        await list_models(connection, environment_id, listing), "environment unified model"
    )


async def change_model(
    connection: AsyncConnection, environment_id: str, install_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of an installed model."""
    await change_row(connection, model_install, environment_id, install_id, values)


async def remove_model(connection: AsyncConnection, environment_id: str, install_id: str) -> None:
    """Delete an installed model and its mapping overrides."""
    await remove_row(connection, model_install, environment_id, install_id)


async def add(connection: AsyncConnection, record: MappingOverride) -> bool:
    """Insert an override unless that mapping has one; return whether it was inserted."""
    values = {name: getattr(record, name) for name in MappingOverride.__slots__}
    return await insert_if_absent(
        connection,
        mapping_override,
        values,
        keys=["model_install_id", "integration", "resource", "method"],
    )


async def list_overrides(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[MappingOverride]:
    """Return a page of an environment's mapping overrides."""
    query = select(mapping_override).where(mapping_override.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, _MAPPING_COLUMNS)
    return Page([MappingOverride(**row._mapping) for row in page.items], page.next)


async def get(
    connection: AsyncConnection, environment_id: str, override_id: str
) -> MappingOverride:
    """Return one mapping override; raises NotFound."""
    listing = Listing((Condition("id", "eq", override_id),), limit=1)
    return the_one(await list_overrides(connection, environment_id, listing), "mapping override")


async def configs(connection: AsyncConnection, environment_id: str) -> dict[Cell, dict[str, Any]]:
    """Return all configs of an environment."""
    table = mapping_override.c
    query = select(table.integration, table.model, table.resource, table.method, table.config)
    rows = await connection.execute(query.where(table.environment_id == environment_id))
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


async def change(
    connection: AsyncConnection,
    environment_id: str,
    override_id: str,
    values: Mapping[str, Any],
    *,
    version: int,
) -> bool:
    """Change a mapping override if it still has that version; return whether it had."""
    result = await connection.execute(
        update(mapping_override)
        .where(
            mapping_override.c.environment_id == environment_id,
            mapping_override.c.id == override_id,
            mapping_override.c.version == version,
        )
        .values(**values, version=version + 1)
    )
    return result.rowcount == 1


async def remove(connection: AsyncConnection, environment_id: str, override_id: str) -> None:
    """Delete a mapping override."""
    await connection.execute(
        delete(mapping_override).where(
            mapping_override.c.environment_id == environment_id,
            mapping_override.c.id == override_id,
        )
    )
