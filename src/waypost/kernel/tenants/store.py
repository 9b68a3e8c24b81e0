"""The table of tenants, and its SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    select,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, insert_if_absent, metadata
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import change_row, remove_row, the_one

tenant = Table(
    "tenant",
    metadata,
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("metadata", Json),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("environment_id", "id"),
    Index(None, "environment_id", "created_at", "id"),
)

TENANT_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "name": "text",
    "created_at": "moment",
    "updated_at": "moment",
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer's customer; `metadata` is the customer's own JSON."""

    environment_id: str
    id: str
    name: str
    metadata: Any
    created_at: float
    updated_at: float


async def add(connection: AsyncConnection, record: Tenant) -> bool:
    """Insert a tenant unless its id is taken; return whether it was inserted."""
    values = {name: getattr(record, name) for name in Tenant.__slots__}
    return await insert_if_absent(connection, tenant, values, keys=["environment_id", "id"])


async def list_tenants(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Tenant]:
    """Return a page of an environment's tenants."""
    query = select(tenant).where(tenant.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, dict(tenant.c))
    return Page([Tenant(**row._mapping) for row in page.items], page.next)


async def get(connection: AsyncConnection, environment_id: str, tenant_id: str) -> Tenant:
    """Return a tenant; raises NotFound."""
    listing = Listing((Condition("id", "eq", tenant_id),), limit=1)
    return the_one(await list_tenants(connection, environment_id, listing), "tenant")


async def change(
    connection: AsyncConnection, environment_id: str, tenant_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of a tenant."""
    await change_row(connection, tenant, environment_id, tenant_id, values)


async def remove(connection: AsyncConnection, environment_id: str, tenant_id: str) -> None:
    """Delete a tenant."""
    await remove_row(connection, tenant, environment_id, tenant_id)
