"""Sends whose end is looked for: taken by one process, and what was found out written down."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from waypost.base.connection import AsyncConnection
from waypost.kernel.sends.store import kept_answers, sends

MOST_TAKEN = 500
"""Sends of one account that are looked for at once."""


@dataclass(frozen=True, slots=True)
class Due:
    """A send whose end is looked for, or one that was made about the same time."""

    id: str
    environment_id: str
    account_id: str
    integration: str
    resource: str
    method: str
    state: str
    reason: str | None
    message_id: str | None
    messages: int
    facts: bytes | None
    looks: int
    created_at: float
    updated_at: float


_DUE = tuple(sends.c[name] for name in Due.__slots__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about an ambiguous send; `look_at` None says that nobody looks again."""

    send_id: str
    state: str
    reason: str | None
    message_id: str | None
    look_at: float | None
    note: str | None = None


async def due_accounts(
    connection: AsyncConnection, now: float, limit: int
) -> list[tuple[str, str]]:
    """Return the environments and accounts that have sends to look for."""
    statement = (
        select(sends.c.environment_id, sends.c.account_id)
        .where(sends.c.look_at <= now)
        .group_by(sends.c.environment_id, sends.c.account_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await connection.execute(statement)]


async def cut_off(
    connection: AsyncConnection, environment_id: str, account_id: str, now: float
) -> None:
    """Call the sends ambiguous whose process no longer answers for them; until then it may send."""
    await connection.execute(
        update(sends)
        .where(
            sends.c.environment_id == environment_id,
            sends.c.account_id == account_id,
            sends.c.state == "pending",
            sends.c.look_at <= now,
        )
        .values(state="ambiguous", reason="cut_off", updated_at=sends.c.look_at)
    )


async def take_due(
    connection: AsyncConnection, environment_id: str, account_id: str, now: float, until: float
) -> list[Due]:
    """Return an account's ambiguous sends, which no other process takes until `until`.

    With one that is due come those that will be: likes are told apart only together.
    """
    mine = (
        sends.c.environment_id == environment_id,
        sends.c.account_id == account_id,
        sends.c.state == "ambiguous",
    )
    is_due = select(sends.c.id).where(*mine, sends.c.look_at <= now).limit(1)
    if (await connection.execute(is_due)).first() is None:
        return []
    some = (
        select(sends.c.id)
        .where(*mine, sends.c.look_at.is_not(None), sends.c.look_at < until - 60)
        .order_by(sends.c.created_at, sends.c.id)
        .limit(MOST_TAKEN)
    )
    statement = (
        update(sends)
        .where(*mine, sends.c.id.in_(some), sends.c.look_at < until - 60)
        .values(look_at=until)
        .returning(*_DUE)
    )
    rows = [Due(**row._mapping) for row in await connection.execute(statement)]
    return sorted(rows, key=lambda each: (each.created_at, each.id))


async def neighbours(
    connection: AsyncConnection, environment_id: str, account_id: str, since: float, until: float
) -> list[Due]:
    """Return an account's sends of a period that may have reached the provider."""
    statement = select(*_DUE).where(
        sends.c.environment_id == environment_id,
        sends.c.account_id == account_id,
        sends.c.created_at <= until,
        sends.c.updated_at >= since,
        sends.c.state.in_(("pending", "accepted", "ambiguous")),
    )
    return [Due(**row._mapping) for row in await connection.execute(statement)]


async def write_verdicts(
    connection: AsyncConnection,
    environment_id: str,
    account_id: str,
    verdicts: Sequence[Verdict],
    now: float,
) -> None:
    """Write what was found out; a key whose send was not received is free again.

    A message that another process gave to another send meanwhile is not given twice.
    """
    for verdict in verdicts:
        if verdict.message_id is not None and await _is_given(
            connection, environment_id, account_id, verdict.message_id
        ):
            continue
        values = {
            "state": verdict.state,
            "reason": verdict.reason,
            "message_id": verdict.message_id,
            "look_at": verdict.look_at,
            "note": verdict.note,
            "looks": sends.c.looks + 1,
        }
        if verdict.state != "ambiguous":
            values["updated_at"] = now
        done = await connection.execute(
            update(sends)
            .where(
                sends.c.id == verdict.send_id,
                sends.c.environment_id == environment_id,
                sends.c.state == "ambiguous",
            )
            .values(**values)
        )
        if verdict.state == "rejected" and done.rowcount:
            await connection.execute(
                delete(kept_answers).where(
                    kept_answers.c.environment_id == environment_id,
                    kept_answers.c.send_id == verdict.send_id,
                )
            )


async def _is_given(
    connection: AsyncConnection, environment_id: str, account_id: str, message_id: str
) -> bool:
    statement = select(sends.c.id).where(
        sends.c.environment_id == environment_id,
        sends.c.account_id == account_id,
        sends.c.message_id == message_id,
    )
    return (await connection.execute(statement.limit(1))).first() is not None


async def remove_expired(connection: AsyncConnection, now: float) -> None:
    """Remove kept answers past their time, except where nobody knows how the send ended."""
    unsettled = select(sends.c.id).where(
        sends.c.id == kept_answers.c.send_id, sends.c.state.in_(("pending", "ambiguous"))
    )
    await connection.execute(
        delete(kept_answers).where(kept_answers.c.expires_at <= now, ~unsettled.exists())
    )
