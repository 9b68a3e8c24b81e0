"""The tables of link tokens and of sign-ins under way at a provider, and their SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    or_,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, metadata

link_token = Table(
    "link_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("digest", Text, nullable=False),
    Column("tenant_id", Text),
    Column("reconnects", Boolean, nullable=False),
    Column("account_id", Text),
    Column("sealed_context", LargeBinary),
    Column("redirect_uri", Text),
    Column("scopes", Json, nullable=False),
    Column("unified_models", Json, nullable=False),
    Column("persist_previous_context", Boolean, nullable=False),
    Column("region", Text),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("attempt", Text),
    Column("attempt_until", Moment),
    UniqueConstraint("digest"),
    Index(None, "expires_at"),
)
"""`attempt` names the attempt that holds the token until `attempt_until`."""

sign_in = Table(
    "link_sign_in",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("digest", Text, nullable=False),
    Column("link_token_id", Text, ForeignKey("link_token.id", ondelete="CASCADE"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("digest"),
    Index(None, "expires_at"),
)
"""One row per visit to a provider's sign-in; deleted when the visit comes back."""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A row of `link_token`."""

    id: str
    environment_id: str
    tenant_id: str | None
    reconnects: bool
    account_id: str | None
    sealed_context: bytes | None
    redirect_uri: str | None
    scopes: list[str]
    unified_models: list[str]
    persist_previous_context: bool
    region: str | None
    expires_at: float
    used_at: float | None


@dataclass(frozen=True, slots=True)
class StoredSignIn:
    """A row of `link_sign_in`."""

    id: str
    environment_id: str
    link_token_id: str
    sealed: bytes
    expires_at: float


_SHOWN = [link_token.c[name] for name in StoredToken.__slots__]


async def add_token(
    connection: AsyncConnection, environment_id: str, values: Mapping[str, Any]
) -> None:
    """Store a link token."""
    await connection.execute(insert(link_token).values(environment_id=environment_id, **values))


async def find_token(connection: AsyncConnection, digest: str) -> StoredToken | None:
    """Return the token of a digest; the digest is the secret, so no environment asks."""
    row = (await connection.execute(select(*_SHOWN).where(link_token.c.digest == digest))).first()
    return StoredToken(**row._mapping) if row else None


async def get_token(
    connection: AsyncConnection, environment_id: str, token_id: str
) -> StoredToken | None:
    """Return a token by its id."""
    found = select(*_SHOWN).where(
        link_token.c.environment_id == environment_id, link_token.c.id == token_id
    )
    row = (await connection.execute(found)).first()
    return StoredToken(**row._mapping) if row else None


async def claim(
    connection: AsyncConnection,
    environment_id: str,
    token_id: str,
    attempt: str,
    *,
    now: float,
    until: float,
) -> bool:
    """Give an unused, unexpired token to one attempt; False when another holds it."""
    changed = await connection.execute(
        update(link_token)
        .where(
            link_token.c.environment_id == environment_id,
            link_token.c.id == token_id,
            link_token.c.used_at.is_(None),
            link_token.c.expires_at > now,
            or_(link_token.c.attempt_until.is_(None), link_token.c.attempt_until <= now),
        )
        .values(attempt=attempt, attempt_until=until)
    )
    return changed.rowcount == 1


async def change_claimed(
    connection: AsyncConnection,
    environment_id: str,
    token_id: str,
    attempt: str,
    values: Mapping[str, Any],
) -> bool:
    """Change a token that `attempt` still holds; False when it was taken over."""
    changed = await connection.execute(
        update(link_token)
        .where(
            link_token.c.environment_id == environment_id,
            link_token.c.id == token_id,
            link_token.c.attempt == attempt,
            link_token.c.used_at.is_(None),
        )
        .values(**values)
    )
    return changed.rowcount == 1


async def remove_expired(
    connection: AsyncConnection, environment_id: str, before: float
) -> list[str]:
    """Delete an environment's tokens and visits that ended before a moment; return the tokens' ids."""
    old = select(link_token.c.id).where(
        link_token.c.environment_id == environment_id, link_token.c.expires_at <= before
    )
    ids = list((await connection.execute(old)).scalars())
    for table in (sign_in, link_token):
        await connection.execute(
            delete(table).where(
                table.c.environment_id == environment_id, table.c.expires_at <= before
            )
        )
    return ids


async def add_sign_in(
    connection: AsyncConnection, environment_id: str, values: Mapping[str, Any]
) -> None:
    """Store a visit to a provider's sign-in."""
    await connection.execute(insert(sign_in).values(environment_id=environment_id, **values))


async def take_sign_in(connection: AsyncConnection, digest: str) -> StoredSignIn | None:
    """Return a visit and delete it: it comes back once; the digest is the secret."""
    shown = [sign_in.c[name] for name in StoredSignIn.__slots__]
    row = (await connection.execute(select(*shown).where(sign_in.c.digest == digest))).first()
    if row is None:
        return None
    gone = await connection.execute(delete(sign_in).where(sign_in.c.id == row.id))
    return StoredSignIn(**row._mapping) if gone.rowcount == 1 else None
