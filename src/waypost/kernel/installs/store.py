"""The table of installs, and its SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    select,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, insert_if_absent, metadata
from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import change_row, remove_row

install = Table(
    "install",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("integration", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("show_in_catalog", Boolean, nullable=False),
    Column("override", Json, nullable=False),
    Column("sealed", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("environment_id", "integration"),
    Index(None, "environment_id", "created_at", "id"),
)
"""`sealed` holds the override's secrets: path to base64 of the sealed value."""

INSTALL_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "integration": "text",
    "is_enabled": "boolean",
    "show_in_catalog": "boolean",
    "created_at": "moment",
    "updated_at": "moment",
}


@dataclass(frozen=True, slots=True)
class Install:
    """An integration switched on in an environment; `override` is without its secrets."""

    id: str
    environment_id: str
    integration: str
    is_enabled: bool
    show_in_catalog: bool
    override: Mapping[str, Any]
    created_at: float
    updated_at: float


SHOWN = [install.c[name] for name in Install.__slots__]


async def add(connection: AsyncConnection, environment_id: str, record: Install) -> bool:
    """Insert an install unless the integration has one here; return whether it was inserted."""
    values = {name: getattr(record, name) for name in Install.__slots__}
    values |= {"environment_id": environment_id, "sealed": {}}
    return await insert_if_absent(
        connection, install, values, keys=["environment_id", "integration"]
    )


async def list_installs(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Install]:
    """Return a page of an environment's installs."""
    query = select(*SHOWN).where(install.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, dict(install.c))
    return Page([Install(**row._mapping) for row in page.items], page.next)


async def find(
    connection: AsyncConnection, environment_id: str, field: str, value: str
) -> Install | None:
    """Return the install whose `id` or `integration` is `value`, or None."""
    listing = Listing((Condition(field, "eq", value),), limit=1)
    page = await list_installs(connection, environment_id, listing)
    return page.items[0] if page.items else None


async def get(connection: AsyncConnection, environment_id: str, install_id: str) -> Install:
    """Return an install; raises NotFound."""
    found = await find(connection, environment_id, "id", install_id)
    if found is None:
        raise NotFound("There is no such environment integration.")
    return found


async def get_of(connection: AsyncConnection, environment_id: str, integration: str) -> Install:
    """Return the install of an integration, by name; raises NotFound."""
    found = await find(connection, environment_id, "integration", integration)
    if found is None:
        raise NotFound("The integration is not switched on here.")
    return found


async def sealed_of(
    connection: AsyncConnection, environment_id: str, install_id: str
) -> dict[str, str]:
    """Return an install's sealed secrets."""
    query = select(install.c.sealed).where(
        install.c.environment_id == environment_id, install.c.id == install_id
    )
    return dict((await connection.execute(query)).scalar_one_or_none() or {})


async def change(
    connection: AsyncConnection, environment_id: str, install_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of an install."""
    await change_row(connection, install, environment_id, install_id, values)


async def remove(connection: AsyncConnection, environment_id: str, install_id: str) -> None:
    """Delete an install."""
    await remove_row(connection, install, environment_id, install_id)
