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
    and_,
    or_,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, insert_if_absent, metadata
from waypost.base.errors import NotFound
from waypost.base.rows import change_row, remove_row

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
"""`id` stands in the hook's URL. `state` is planned, making, active, paused or failed."""


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


async def add_once(connection: AsyncConnection, hook: Hook) -> bool:
    """Insert a hook unless its subject has one of its kind; return whether it is new."""
    values = {name: getattr(hook, name) for name in Hook.__slots__}
    keys = ("account_id", "kind", "subject_id")
    return await insert_if_absent(connection, provider_hook, values, keys=keys)


async def of_subject(
    connection: AsyncConnection, environment_id: str, account_id: str, kind: str, subject_id: str
) -> Hook:
    """Return the hook of a subject; raises NotFound."""
    hooks = await list_hooks(connection, environment_id, account_id)
    for hook in hooks:
        if (hook.kind, hook.subject_id) == (kind, subject_id):
            return hook
    raise NotFound("There is no such hook.")


async def claim(
    connection: AsyncConnection, hook: Hook, now: float, *, cut_off: float, made_since: float
) -> bool:
    """Mark a hook as being made, unless one of its kind is or was just now; return whether it is.

    `cut_off` is before when a hook being made was left behind by a crash.
    """
    column = provider_hook.c
    of_its_kind = (
        column.environment_id == hook.environment_id,
        column.account_id == hook.account_id,
        column.kind == hook.kind,
    )
    # Two jobs that each saw nobody at it would both go on: the second waits for the first here.
    await connection.execute(
        select(column.id).where(*of_its_kind).order_by(column.id).with_for_update()
    )
    busy = await connection.execute(
        select(column.id).where(
            *of_its_kind,
            or_(
                and_(column.state == "making", column.updated_at > cut_off),
                and_(column.state == "active", column.updated_at > made_since),
            ),
        )
    )
    if busy.first() is not None:
        return False
    await change(connection, hook.environment_id, hook.id, {"state": "making", "updated_at": now})
    return True


async def hear(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    hook_id: str,
    now: float,
    before: float,
) -> None:
    """Note that a hook was heard now, unless it was heard since `before`."""
    heard = provider_hook.c.heard_at
    await connection.execute(
        update(provider_hook)
        .where(
            provider_hook.c.environment_id == environment_id,
            provider_hook.c.account_id == account_id,
            provider_hook.c.id == hook_id,
            or_(heard.is_(None), heard < before),
        )
        .values(heard_at=now)
    )


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


async def list_active(connection: AsyncConnection, after: str, limit: int) -> list[Hook]:
    """Return active hooks of all environments, by id from after one on."""
    rows = await connection.execute(
        select(provider_hook)
        .where(provider_hook.c.state == "active", provider_hook.c.id > after)
        .order_by(provider_hook.c.id)
        .limit(limit)
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
    await change_row(connection, provider_hook, environment_id, hook_id, values)


async def remove(connection: AsyncConnection, environment_id: str, hook_id: str) -> None:
    """Delete a hook."""
    await remove_row(connection, provider_hook, environment_id, hook_id)


def _hook(row: Mapping[Any, Any]) -> Hook:
    return Hook(**{name: row[name] for name in Hook.__slots__})
