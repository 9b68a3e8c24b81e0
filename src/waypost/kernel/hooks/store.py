"""The table of hooks at providers, and its SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, metadata
from waypost.base.errors import NotFound

provider_hook = Table(
    "provider_hook",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("subject_name", Text),
    Column("provider_id", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("sealed_secret", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("checked_at", Moment),
    Column("heard_at", Moment),
    UniqueConstraint("account_id", "kind", "subject_id"),
    Index(None, "environment_id", "account_id"),
)
"""`id` stands in the hook's URL. `state` is planned, active, paused, failed or removed."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of ours at a provider, for one subject (a domain, an SMS number, a route)."""

    id: str
    environment_id: str
    account_id: str
    kind: str
    subject_id: str
    subject_name: str | None
    provider_id: str | None
    state: str
    reason: str | None
    sealed_secret: bytes | None
    created_at: float
    updated_at: float
    checked_at: float | None
    heard_at: float | None


async def add(connection: AsyncConnection, hook: Hook) -> None:
    """Insert a hook."""
    values = {name: getattr(hook, name) for name in Hook.__slots__}
    await connection.execute(insert(provider_hook).values(**values))


async def list_hooks(
    connection: AsyncConnection, environment_id: str, account_id: str
) -> list[Hook]:
    """Return an account's hooks, oldest first."""
    rows = await connection.execute(
        select(provider_hook)
        .where(
            provider_hook.c.environment_id == environment_id,
            provider_hook.c.account_id == account_id,
        )
        .order_by(provider_hook.c.created_at, provider_hook.c.id)
    )
    return [_hook(row._mapping) for row in rows]


async def get(connection: AsyncConnection, environment_id: str, hook_id: str) -> Hook:
    """Return one hook; raises NotFound."""
    rows = await connection.execute(
        select(provider_hook).where(
            provider_hook.c.environment_id == environment_id, provider_hook.c.id == hook_id
        )
    )
    row = rows.first()
    if row is None:
        raise NotFound("There is no such hook.")
    return _hook(row._mapping)


async def change(
    connection: AsyncConnection, environment_id: str, hook_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of a hook."""
    await connection.execute(
        update(provider_hook)
        .where(provider_hook.c.environment_id == environment_id, provider_hook.c.id == hook_id)
        .values(**values)
    )


async def remove(connection: AsyncConnection, environment_id: str, hook_id: str) -> None:
    """Delete a hook."""
    await connection.execute(
        delete(provider_hook).where(
            provider_hook.c.environment_id == environment_id, provider_hook.c.id == hook_id
        )
    )


def _hook(row: Mapping[Any, Any]) -> Hook:
    return Hook(**{name: row[name] for name in Hook.__slots__})
