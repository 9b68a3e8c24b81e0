"""The tables of what is put on providers' lists, and their SQL."""

from collections.abc import Collection, Mapping
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
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, insert_if_absent, metadata
from waypost.kernel.suppressions.model import Target
from waypost.kernel.suppressions.store import suppression

push = Table(
    "suppression_push",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("address", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("native_list", Text, nullable=False),
    Column("native_id", Text),
    Column("gone", Text, nullable=False),
    Column("reason", Text),
    Column("seen_in", Text),
    Column("missed", Integer, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("account_id", "address", "domain", "gone", name="uq_suppression_push_place"),
    Index(None, "environment_id", "native_id"),
)
"""What of ours stands on a provider's list. An empty `domain` is the whole account.

`state` is adding, ours, theirs (it was there before), refused, removing or gone; `gone` is empty but
for the last: what was taken off is remembered, since a page that was read before may still show it.
"""

pushing = Table(
    "suppression_pushing",
    metadata,
    Column("account_id", Text, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("run", Text),
    Column("run_until", Moment),
    Column("reason", Text),
    Column("finished_at", Moment),
)
"""How the pushing to an account goes; `run` is whoever is at it."""


@dataclass(frozen=True, slots=True)
class Push:
    """One address on a provider's list, as far as that is our doing."""

    id: str
    account_id: str
    environment_id: str
    address: str
    domain: str
    state: str
    native_list: str
    native_id: str | None
    gone: str
    reason: str | None
    seen_in: str | None
    missed: int
    began_at: float
    updated_at: float


async def wanted(
    connection: AsyncConnection,
    environment_id: str,
    tenant_id: str,
    target: Target,
    *,
    after: str,
    limit: int,
) -> list[str]:
    """Return addresses after one, in their order, that a target's list should have and has not."""
    live = exists().where(*_live(environment_id, target), push.c.address == suppression.c.address)
    there = suppression.alias()
    listed = exists().where(
        there.c.environment_id == environment_id,
        there.c.tenant_id == tenant_id,
        there.c.origin == target.account_id,
        there.c.address == suppression.c.address,
        there.c.native_list == target.native_list,
        there.c.scope == target.scope,
        there.c.removed_at.is_(None),
    )
    rows = await connection.execute(
        select(suppression.c.address)
        .distinct()
        .where(
            *_desired(environment_id, tenant_id, target),
            suppression.c.address > after,
            ~live.correlate(suppression),
            ~listed.correlate(suppression),
        )
        .order_by(suppression.c.address)
        .limit(limit)
    )
    return [row[0] for row in rows]


async def unwanted(
    connection: AsyncConnection, environment_id: str, tenant_id: str, target: Target, limit: int
) -> list[Push]:
    """Return what a target's list has by us, or was to have, and should not."""
    held = exists().where(
        *_desired(environment_id, tenant_id, target), suppression.c.address == push.c.address
    )
    rows = await connection.execute(
        select(push)
        .where(
            *_live(environment_id, target),
            push.c.state.in_(("ours", "theirs", "refused")),
            ~held.correlate(push),
        )
        .order_by(push.c.id)
        .limit(limit)
    )
    return [_push(row._mapping) for row in rows]


def _desired(
    environment_id: str, tenant_id: str, target: Target
) -> tuple[ColumnElement[bool], ...]:
    """Return the clauses of what holds for a target and was not told by its account."""
    return (
        suppression.c.environment_id == environment_id,
        suppression.c.tenant_id == tenant_id,
        suppression.c.origin != target.account_id,
        suppression.c.scope.in_(target.scopes),
        suppression.c.removed_at.is_(None),
        # A text message's number stands on no list that one may add to.
        or_(suppression.c.address.contains("@"), suppression.c.address.contains("*")),
    )


def _live(environment_id: str, target: Target) -> tuple[ColumnElement[bool], ...]:
    return (
        push.c.environment_id == environment_id,
        push.c.account_id == target.account_id,
        push.c.domain == target.domain,
        push.c.gone == "",
    )


async def domains_held(
    connection: AsyncConnection, environment_id: str, tenant_id: str, account_id: str
) -> bool:
    """Say whether anything is held back for one domain, or stands at the provider for one."""
    held = select(suppression.c.id).where(
        suppression.c.environment_id == environment_id,
        suppression.c.tenant_id == tenant_id,
        suppression.c.origin != account_id,
        suppression.c.scope.startswith("domain:"),
        suppression.c.removed_at.is_(None),
    )
    there = select(push.c.id).where(
        push.c.environment_id == environment_id,
        push.c.account_id == account_id,
        push.c.domain != "",
        push.c.gone == "",
    )
    rows = await connection.execute(held.limit(1))
    return (
        rows.first() is not None or (await connection.execute(there.limit(1))).first() is not None
    )


async def taken_back(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    lists: Collection[str],
    limit: int,
) -> list[tuple[str, str, str]]:
    """Return (address, list, the provider's id) of what the account told and a person removed."""
    done = exists().where(
        push.c.environment_id == environment_id,
        push.c.account_id == account_id,
        push.c.native_id == suppression.c.native_id,
    )
    rows = await connection.execute(
        select(suppression.c.address, suppression.c.native_list, suppression.c.native_id)
        .where(
            suppression.c.environment_id == environment_id,
            suppression.c.origin == account_id,
            suppression.c.removal == "person",
            suppression.c.native_list.in_(sorted(lists)),
            suppression.c.native_id.is_not(None),
            ~done.correlate(suppression),
        )
        .order_by(suppression.c.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def add(connection: AsyncConnection, record: Push) -> bool:
    """Insert what is on its way; return whether its place was free."""
    values = {name: getattr(record, name) for name in Push.__slots__}
    keys = ("account_id", "address", "domain", "gone")
    return await insert_if_absent(connection, push, values, keys=keys)


async def in_state(
    connection: AsyncConnection, environment_id: str, account_id: str, state: str, limit: int
) -> list[Push]:
    """Return an account's rows in a state, oldest first."""
    rows = await connection.execute(
        select(push)
        .where(
            push.c.environment_id == environment_id,
            push.c.account_id == account_id,
            push.c.state == state,
        )
        .order_by(push.c.began_at, push.c.id)
        .limit(limit)
    )
    return [_push(row._mapping) for row in rows]


async def of_addresses(
    connection: AsyncConnection, environment_id: str, addresses: Collection[str]
) -> list[Push]:
    """Return what stands anywhere of some addresses, oldest first."""
    rows = await connection.execute(
        select(push)
        .where(
            push.c.environment_id == environment_id,
            push.c.address.in_(sorted(addresses)),
            push.c.gone == "",
        )
        .order_by(push.c.began_at, push.c.id)
    )
    return [_push(row._mapping) for row in rows]


async def about(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    native_ids: Collection[str],
    addresses: Collection[str],
) -> list[Push]:
    """Return what may be meant by a provider's rows: by their ids, or on its way to the account.

    Ids are the provider's own and unique: one provider account may be linked twice.
    """
    adding = and_(
        push.c.account_id == account_id,
        push.c.state == "adding",
        push.c.address.in_(sorted(addresses)),
    )
    rows = await connection.execute(
        select(push).where(
            push.c.environment_id == environment_id,
            or_(push.c.native_id.in_(sorted(native_ids)), adding),
        )
    )
    return [_push(row._mapping) for row in rows]


async def change(
    connection: AsyncConnection,
    environment_id: str,
    ids: Collection[str],
    values: Mapping[str, Any],
) -> None:
    """Change some columns of rows."""
    if ids:
        await connection.execute(
            update(push)
            .where(push.c.environment_id == environment_id, push.c.id.in_(sorted(ids)))
            .values(**values)
        )


async def remove(connection: AsyncConnection, environment_id: str, ids: Collection[str]) -> None:
    """Forget rows."""
    if ids:
        await connection.execute(
            delete(push).where(push.c.environment_id == environment_id, push.c.id.in_(sorted(ids)))
        )


async def bury(
    connection: AsyncConnection, environment_id: str, ids: Collection[str], now: float
) -> None:
    """Note that rows were taken off their list."""
    values = {"state": "gone", "gone": push.c.id, "updated_at": now}
    await change(connection, environment_id, ids, values)


async def hand_over(connection: AsyncConnection, environment_id: str, account_id: str) -> None:
    """Forget that anything on an account's list is ours."""
    await connection.execute(
        delete(push).where(push.c.environment_id == environment_id, push.c.account_id == account_id)
    )


async def forget_elsewhere(
    connection: AsyncConnection, environment_id: str, account_id: str, domains: Collection[str]
) -> None:
    """Forget what was not taken, or is on its way, for other domains than these."""
    await connection.execute(
        delete(push).where(
            push.c.environment_id == environment_id,
            push.c.account_id == account_id,
            push.c.domain.not_in(sorted(domains)),
            push.c.state.in_(("adding", "refused")),
        )
    )


async def forget_gone(
    connection: AsyncConnection, environment_id: str, account_id: str, before: float
) -> None:
    """Forget what was taken off before a moment, but for what a person removed here."""
    kept = exists().where(
        suppression.c.environment_id == environment_id,
        suppression.c.origin == account_id,
        suppression.c.native_id == push.c.native_id,
    )
    await connection.execute(
        delete(push).where(
            push.c.environment_id == environment_id,
            push.c.account_id == account_id,
            push.c.state == "gone",
            push.c.updated_at < before,
            ~kept.correlate(push),
        )
    )


async def settle(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    lists: Collection[str],
    *,
    run: str,
    began_at: float,
    misses: int,
) -> None:
    """Count what a whole reading did not show, and forget what so many in a row did not."""
    missing = (
        push.c.environment_id == environment_id,
        push.c.account_id == account_id,
        push.c.native_list.in_(sorted(lists)),
        push.c.state.in_(("ours", "theirs")),
    )
    unseen = or_(push.c.seen_in.is_(None), push.c.seen_in != run)
    await connection.execute(
        update(push)
        .where(*missing, unseen, push.c.updated_at < began_at)
        .values(missed=push.c.missed + 1)
    )
    await connection.execute(delete(push).where(*missing, push.c.missed >= misses))


async def counts(
    connection: AsyncConnection, environment_id: str, account_ids: Collection[str]
) -> dict[str, dict[str, int]]:
    """Return how many rows of each state accounts have."""
    rows = await connection.execute(
        select(push.c.account_id, push.c.state, func.count())
        .where(
            push.c.environment_id == environment_id,
            push.c.account_id.in_(sorted(account_ids)),
            push.c.gone == "",
        )
        .group_by(push.c.account_id, push.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for account_id, state, count in rows:
        found.setdefault(account_id, {})[state] = count
    return found


async def progress(
    connection: AsyncConnection, environment_id: str, account_ids: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """Return how the pushing to accounts goes."""
    rows = await connection.execute(
        select(pushing).where(
            pushing.c.environment_id == environment_id,
            pushing.c.account_id.in_(sorted(account_ids)),
        )
    )
    return {row._mapping["account_id"]: dict(row._mapping) for row in rows}


async def claim(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    *,
    run: str,
    now: float,
    until: float,
) -> float | None:
    """Take an account's pushing, or keep it; return None, or until when another has it."""
    values = {"run": run, "run_until": until}
    place = {"account_id": account_id, "environment_id": environment_id}
    if await insert_if_absent(connection, pushing, {**place, **values}, keys=("account_id",)):
        return None
    here = (pushing.c.environment_id == environment_id, pushing.c.account_id == account_id)
    free = or_(pushing.c.run.is_(None), pushing.c.run == run, pushing.c.run_until <= now)
    taken = await connection.execute(update(pushing).where(*here, free).values(**values))
    if taken.rowcount:
        return None
    row = (await connection.execute(select(pushing.c.run_until).where(*here))).first()
    return row[0] if row else now


async def release(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    run: str,
    values: Mapping[str, Any],
) -> None:
    """Give an account's pushing back, noting how it went."""
    await connection.execute(
        update(pushing)
        .where(
            pushing.c.environment_id == environment_id,
            pushing.c.account_id == account_id,
            pushing.c.run == run,
        )
        .values(run=None, run_until=None, **values)
    )


def _push(row: Mapping[Any, Any]) -> Push:
    return Push(**{name: row[name] for name in Push.__slots__})
