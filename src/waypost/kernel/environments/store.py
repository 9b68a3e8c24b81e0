"""The tables of environments and their tokens, and their SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
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
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import the_one

environment = Table(
    "environment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("hint", Text, nullable=False),
    Column("created_by", Text),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("digest"),
    Index(None, "environment_id", "created_at", "id"),
)

account_token = Table(
    "account_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("account_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("digest"),
    Index(None, "account_id"),
    Index(None, "expires_at"),
)

API_TOKEN_FILTERS: Mapping[str, Kind] = {
    "name": "text",
    "environment_id": "text",
    "created_at": "moment",
    "updated_at": "moment",
    "expires_at": "moment",
}


@dataclass(frozen=True, slots=True)
class Environment:
    """One project's separate world."""

    id: str
    name: str
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What may be shown of an API token; `hint` is its last four characters."""

    id: str
    environment_id: str
    name: str
    hint: str
    created_by: str | None
    expires_at: float | None
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class FoundToken:
    """What a token's digest led to."""

    id: str
    environment_id: str
    account_id: str | None
    expires_at: float | None


async def add_environment(connection: AsyncConnection, record: Environment) -> None:
    """Insert an environment."""
    values = {name: getattr(record, name) for name in Environment.__slots__}
    await connection.execute(insert(environment).values(**values))


async def get_environment(connection: AsyncConnection, environment_id: str) -> Environment:
    """Return an environment; raises NotFound."""
    query = select(environment).where(environment.c.id == environment_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound("There is no such environment.")
    return Environment(**row._mapping)


async def list_environments(
    connection: AsyncConnection, environment_id: str | None, listing: Listing
) -> Page[Environment]:
    """Return a page of environments: all, or only the one named."""
    query = select(environment)
    if environment_id is not None:
        query = query.where(environment.c.id == environment_id)
    page = await fetch_page(connection, query, listing, dict(environment.c))
    return Page([Environment(**row._mapping) for row in page.items], page.next)


async def rename_environment(
    connection: AsyncConnection, environment_id: str, name: str, at: float
) -> None:
    """Change an environment's name."""
    change = update(environment).where(environment.c.id == environment_id)
    await connection.execute(change.values(name=name, updated_at=at))


async def remove_environment(connection: AsyncConnection, environment_id: str) -> None:
    """Delete an environment and every row that refers to it."""
    await connection.execute(delete(environment).where(environment.c.id == environment_id))


async def add_api_token(connection: AsyncConnection, record: ApiToken, digest: bytes) -> None:
    """Insert an API token by its digest."""
    values = {name: getattr(record, name) for name in ApiToken.__slots__}
    await connection.execute(insert(api_token).values(**values, digest=digest))


async def list_api_tokens(
    connection: AsyncConnection, environment_id: str | None, listing: Listing
) -> Page[ApiToken]:
    """Return a page of API tokens, of one environment unless it is None."""
    query = select(*_shown())
    if environment_id is not None:
        query = query.where(api_token.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, dict(api_token.c))
    return Page([_api_token(row) for row in page.items], page.next)


async def get_api_token(
    connection: AsyncConnection, environment_id: str | None, token_id: str
) -> ApiToken:
    """Return an API token; raises NotFound."""
    listing = Listing((Condition("id", "eq", token_id),), limit=1)
    return the_one(await list_api_tokens(connection, environment_id, listing), "API token")


async def remove_api_token(
    connection: AsyncConnection, environment_id: str, token_id: str
) -> bytes | None:
    """Delete an API token; return its digest, or None when it was not there."""
    gone = await connection.execute(
        delete(api_token)
        .where(api_token.c.id == token_id, api_token.c.environment_id == environment_id)
        .returning(api_token.c.digest)
    )
    digest: bytes | None = gone.scalar_one_or_none()
    return digest


async def add_account_token(
    connection: AsyncConnection,
    environment_id: str,
    *,
    token_id: str,
    account_id: str,
    digest: bytes,
    expires_at: float,
    at: float,
) -> None:
    """Insert an account token by its digest, and sweep the expired ones."""
    await connection.execute(delete(account_token).where(account_token.c.expires_at <= at))
    await connection.execute(
        insert(account_token).values(
            id=token_id,
            environment_id=environment_id,
            account_id=account_id,
            digest=digest,
            expires_at=expires_at,
            created_at=at,
        )
    )


async def remove_account_tokens(
    connection: AsyncConnection, environment_id: str, account_id: str
) -> None:
    """Delete every token of one account."""
    await connection.execute(
        delete(account_token).where(
            account_token.c.environment_id == environment_id,
            account_token.c.account_id == account_id,
        )
    )


async def find_token(connection: AsyncConnection, digest: bytes) -> FoundToken | None:
    """Return what a token's digest stands for; the digest is the secret, so no environment asks."""
    token = select(api_token).where(api_token.c.digest == digest)
    if (row := (await connection.execute(token)).first()) is not None:
        return FoundToken(row.id, row.environment_id, None, row.expires_at)
    token = select(account_token).where(account_token.c.digest == digest)
    if (row := (await connection.execute(token)).first()) is not None:
        return FoundToken(row.id, row.environment_id, row.account_id, row.expires_at)
    return None


def _shown() -> list[Column[Any]]:
    return [api_token.c[name] for name in ApiToken.__slots__]


def _api_token(row: Row[Any]) -> ApiToken:
    return ApiToken(**row._mapping)
