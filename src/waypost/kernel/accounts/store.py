"""The table of accounts, and its SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, metadata
from waypost.base.errors import NotFound
from waypost.base.listing import Kind, Listing, Page, fetch_page
from waypost.kernel.accounts.model import Account
from waypost.kernel.accounts.states import STATUSES, can_call

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("install_id", Text, ForeignKey("install.id"), nullable=False),
    Column("integration", Text, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("authentication_method", Text, nullable=False),
    Column("context", Json, nullable=False),
    Column("sealed", Json, nullable=False),
    Column("credential_version", Integer, nullable=False),
    Column("credentials_expire_at", Moment),
    Column("refresh_claim", Text),
    Column("refresh_claim_until", Moment),
    Column("last_error", Json),
    Column("needs_reauth_at", Moment),
    Column("last_forbidden_error", Json),
    Column("last_action_run_result", Json),
    Column("is_sandbox", Boolean, nullable=False),
    Column("region", Text),
    Column("unified_model_override", Json, nullable=False),
    Column("integration_override", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "environment_id", "created_at", "id"),
    Index(None, "environment_id", "tenant_id"),
    Index(None, "install_id"),
    Index(None, "credentials_expire_at"),
)
"""`sealed` holds the credentials: field to base64 of the sealed value. `credential_version` counts
their editions; `refresh_claim` names the one process that may be renewing them until
`refresh_claim_until`."""

ACCOUNT_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "tenant_id": "text",
    "environment_integration_id": "text",
    "integration.name": "text",
    "status": "text",
    "authentication_method": "text",
    "is_sandbox": "boolean",
    "created_at": "moment",
    "updated_at": "moment",
}

_COLUMNS: dict[str, ColumnElement[Any]] = {
    **account.c,
    "environment_integration_id": account.c.install_id,
    "integration.name": account.c.integration,
}
_SHOWN = [account.c[name] for name in Account.__slots__]


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account with its credentials still sealed."""

    account: Account
    sealed: Mapping[str, str]


async def add(
    connection: AsyncConnection, environment_id: str, record: Account, sealed: Mapping[str, str]
) -> None:
    """Insert an account."""
    values = {name: getattr(record, name) for name in Account.__slots__}
    values |= {"environment_id": environment_id, "sealed": dict(sealed)}
    await connection.execute(insert(account).values(**values))


async def get(
    connection: AsyncConnection, environment_id: str, account_id: str, *, lock: bool = False
) -> StoredAccount:
    """Return an account; with `lock` nobody changes it before the transaction ends.

    Raises NotFound.
    """
    query = select(*_SHOWN, account.c.sealed).where(*_place(environment_id, account_id))
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound(
            "There is no such integrated account here: GET /integrated-account lists them."
        )
    return StoredAccount(_account(row._mapping), row.sealed)


async def list_accounts(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Account]:
    """Return a page of an environment's accounts."""
    query = select(*_SHOWN).where(account.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, _COLUMNS)
    return Page([_account(row._mapping) for row in page.items], page.next)


async def change(
    connection: AsyncConnection, environment_id: str, account_id: str, values: Mapping[str, Any]
) -> None:
    """Change some columns of an account."""
    place = _place(environment_id, account_id)
    await connection.execute(update(account).where(*place).values(**values))


async def change_if(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    values: Mapping[str, Any],
    *,
    statuses: Collection[str],
    version: int | None = None,
    failed_before: float | None = None,
) -> bool:
    """Change an account if it still is as expected; return whether this caller did.

    `version` is the edition of its credentials; `failed_before` asks that it did not begin to need
    reauthorization after that moment. Of many at once exactly one succeeds.
    """
    conditions = [*_place(environment_id, account_id), account.c.status.in_(statuses)]
    if version is not None:
        conditions.append(account.c.credential_version == version)
    if failed_before is not None:
        since = account.c.needs_reauth_at
        conditions.append(or_(since.is_(None), since <= failed_before))
    result = await connection.execute(update(account).where(*conditions).values(**values))
    return result.rowcount == 1


async def claim_refresh(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    *,
    version: int,
    claim: str,
    now: float,
    until: float,
) -> bool:
    """Take the right to renew this edition of the credentials, unless another process has it."""
    ends = account.c.refresh_claim_until
    result = await connection.execute(
        update(account)
        .where(
            *_place(environment_id, account_id),
            account.c.credential_version == version,
            or_(ends.is_(None), ends <= now),
        )
        .values(refresh_claim=claim, refresh_claim_until=until)
    )
    return result.rowcount == 1


async def release_refresh(
    connection: AsyncConnection, environment_id: str, account_id: str, claim: str
) -> None:
    """Give the right to renew back."""
    await connection.execute(
        update(account)
        .where(*_place(environment_id, account_id), account.c.refresh_claim == claim)
        .values(refresh_claim=None, refresh_claim_until=None)
    )


async def remove(connection: AsyncConnection, environment_id: str, account_id: str) -> None:
    """Delete an account."""
    await connection.execute(delete(account).where(*_place(environment_id, account_id)))


async def ids_of(
    connection: AsyncConnection, environment_id: str, field: str, values: Sequence[str], limit: int
) -> list[str]:
    """Return the ids of the accounts whose `id`, `tenant_id` or `install_id` is one of `values`."""
    query = (
        select(account.c.id)
        .where(account.c.environment_id == environment_id, account.c[field].in_(values))
        .order_by(account.c.created_at, account.c.id)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def ids_after(
    connection: AsyncConnection, environment_id: str, after: str, limit: int
) -> list[str]:
    """Return ids of an environment's accounts that come after one, in their own order."""
    query = (
        select(account.c.id)
        .where(account.c.environment_id == environment_id, account.c.id > after)
        .order_by(account.c.id)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def environment_of(connection: AsyncConnection, account_id: str) -> str | None:
    """Return the environment of an account that a provider's webhook names, or None."""
    rows = await connection.execute(
        select(account.c.environment_id).where(account.c.id == account_id)
    )
    found: str | None = rows.scalar()
    return found


async def tenant_has_accounts(
    connection: AsyncConnection, environment_id: str, tenant_id: str
) -> bool:
    """Say whether any account belongs to a tenant."""
    found = exists().where(
        account.c.environment_id == environment_id, account.c.tenant_id == tenant_id
    )
    return bool((await connection.execute(select(found))).scalar_one())


async def expiring(connection: AsyncConnection, before: float, limit: int) -> list[tuple[str, str]]:
    """Return (environment, account) of active accounts whose credentials end before a moment."""
    query = (
        select(account.c.environment_id, account.c.id)
        .where(account.c.credentials_expire_at < before, account.c.status == "active")
        .order_by(account.c.credentials_expire_at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]


async def callable_of(
    connection: AsyncConnection, integrations: Sequence[str], after: str, limit: int
) -> list[tuple[str, str]]:
    """Return (environment, account) of accounts that can be called, by id, from after one on."""
    query = (
        select(account.c.environment_id, account.c.id)
        .where(
            account.c.integration.in_(integrations),
            account.c.status.in_([status for status in STATUSES if can_call(status)]),
            account.c.id > after,
        )
        .order_by(account.c.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await connection.execute(query)]


def _place(environment_id: str, account_id: str) -> tuple[ColumnElement[bool], ...]:
    return (account.c.environment_id == environment_id, account.c.id == account_id)


def _account(row: Mapping[Any, Any]) -> Account:
    return Account(**{name: row[name] for name in Account.__slots__})
