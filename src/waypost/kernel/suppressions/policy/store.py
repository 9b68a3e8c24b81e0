"""The table of what is pushed to whom, and its SQL."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, Text, delete, select, update

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, insert_if_absent, metadata
from waypost.kernel.accounts.store import account

policy = Table(
    "suppression_policy",
    metadata,
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("tenant_id", Text, primary_key=True),
    Column("account_id", Text, primary_key=True),
    Column("push", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
"""What is pushed; an empty `account_id` speaks for all accounts of the tenant."""


async def put(connection: AsyncConnection, environment_id: str, values: Mapping[str, Any]) -> None:
    """Write down what is pushed for a tenant or an account."""
    keys = ("environment_id", "tenant_id", "account_id")
    row = {"environment_id": environment_id, **values}
    if await insert_if_absent(connection, policy, row, keys=keys):
        return
    place = [policy.c[name] == row[name] for name in keys]
    await connection.execute(update(policy).where(*place).values(**row))


async def drop(
    connection: AsyncConnection, environment_id: str, tenant_id: str, account_id: str
) -> None:
    """Forget what was said for an account."""
    await connection.execute(
        delete(policy).where(
            policy.c.environment_id == environment_id,
            policy.c.tenant_id == tenant_id,
            policy.c.account_id == account_id,
        )
    )


async def said(connection: AsyncConnection, environment_id: str, tenant_id: str) -> dict[str, str]:
    """Return what was said for a tenant, by account; the tenant's own word is under ``""``."""
    rows = await connection.execute(
        select(policy.c.account_id, policy.c.push).where(
            policy.c.environment_id == environment_id, policy.c.tenant_id == tenant_id
        )
    )
    return {row[0]: row[1] for row in rows}


async def accounts_of(
    connection: AsyncConnection, environment_id: str, tenant_id: str
) -> list[tuple[str, str]]:
    """Return (account, integration) of a tenant's accounts, oldest first."""
    rows = await connection.execute(
        select(account.c.id, account.c.integration)
        .where(account.c.environment_id == environment_id, account.c.tenant_id == tenant_id)
        .order_by(account.c.created_at, account.c.id)
    )
    return [(row[0], row[1]) for row in rows]
