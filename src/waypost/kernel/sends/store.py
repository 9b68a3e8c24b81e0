"""The tables of sends and of answers kept under a key; written many lines to a commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    select,
    update,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Moment, insert_if_absent, metadata
from waypost.kernel.sends.outcome import Outcome

sends = Table(
    "send",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("environment_id", String(36), nullable=False),
    Column("account_id", String(36), nullable=False),
    Column("integration", String(64), nullable=False),
    Column("surface", String(32), nullable=False),
    Column("resource", String(128), nullable=False),
    Column("method", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64)),
    Column("http_status", Integer),
    Column("message_id", String(256)),
    Column("messages", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("facts", LargeBinary),
    Column("looks", Integer, nullable=False),
    Column("look_at", Moment),
    Column("note", String),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_send_environment_id_created_at_id", "environment_id", "created_at", "id"),
    Index("ix_send_account_id_created_at", "account_id", "created_at"),
    Index("ix_send_look_at", "look_at"),
    Index("ix_send_environment_id_message_id", "environment_id", "message_id"),
)
"""`look_at` of a pending send is until when its process answers for it; of an ambiguous one, when
it is looked for next; NULL once it has ended. `facts` are sealed, and gone once nobody needs them.
"""

kept_answers = Table(
    "kept_answer",
    metadata,
    Column("environment_id", String(36), primary_key=True),
    Column("account_id", String(36), primary_key=True),
    Column("surface", String(32), primary_key=True),
    Column("key_hash", String(64), primary_key=True),
    Column("request_digest", String(64), nullable=False),
    Column("claim_id", String(36), nullable=False),
    Column("send_id", String(36)),
    Column("status", Integer),
    Column("answer", LargeBinary),
    Column("size", Integer),
    Column("held_until", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_kept_answer_expires_at", "expires_at"),
    Index("ix_kept_answer_send_id", "send_id"),
)
"""`status` is NULL while the first call is under way; `answer` while its body was not kept."""

SEND_COLUMNS = tuple(column.name for column in sends.columns)


@dataclass(frozen=True, slots=True)
class Key:
    """A caller's Idempotency-Key where it counts; the key itself is kept as its hash."""

    environment_id: str
    account_id: str
    surface: str
    key_hash: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The first call under a key; `id` tells it from a later first call under the same key."""

    id: str
    key: Key
    request_digest: str
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a send ended, or that it is ambiguous and when it is looked for."""

    send_id: str
    environment_id: str
    outcome: Outcome
    attempts: int
    look_at: float | None
    at: float


@dataclass(frozen=True, slots=True)
class Keep:
    """The answer of the first call under a key; `answer` is sealed, None when it was too large."""

    claim: Claim
    status: int
    answer: bytes | None
    size: int


@dataclass(slots=True)
class Line:
    """What is written together: all of it or none."""

    claim: Claim | None = None
    send: dict[str, Any] | None = None
    settlements: Sequence[Settlement] = ()
    keep: Keep | None = None
    release: Claim | None = None
    held_until: float = field(default=0.0)

    @property
    def order(self) -> tuple[str, ...]:
        """Return the place in a batch: two processes that claim the same keys never deadlock."""
        key = self.claim.key if self.claim else None
        return (key.account_id, key.surface, key.key_hash) if key else ("",)


def _insert(values: str) -> str:
    return f"INSERT INTO send ({', '.join(SEND_COLUMNS)}) VALUES {values}"  # noqa: S608


_ON_POSTGRESQL = _insert(f"({', '.join(f'${n}' for n, _ in enumerate(SEND_COLUMNS, 1))})")
_ON_SQLITE = _insert(f"({', '.join('?' for _ in SEND_COLUMNS)})")


async def add_lines(connection: AsyncConnection, lines: Sequence[Line]) -> list[bool]:
    """Write lines; say of each whether it was written, which a claim of a taken key is not."""
    written: dict[int, bool] = {}
    for line in sorted(lines, key=lambda each: each.order):
        claim = line.claim
        written[id(line)] = claim is None or await _claimed(connection, claim, line)
    kept = [line for line in lines if written[id(line)]]
    rows = [_row(line.send) for line in kept if line.send is not None]
    if rows:
        # Through the driver: a burst is one statement, prepared once.
        postgresql = connection.dialect.name == "postgresql"
        await connection.exec_driver_sql(_ON_POSTGRESQL if postgresql else _ON_SQLITE, rows)
    await _settle(connection, [each for line in kept for each in line.settlements])
    for line in kept:
        if line.keep is not None:
            await _keep(connection, line.keep)
        if line.release is not None:
            await _release(connection, line.release)
    return [written[id(line)] for line in lines]


def _row(values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(values[name] for name in SEND_COLUMNS)


async def _claimed(connection: AsyncConnection, claim: Claim, line: Line) -> bool:
    values = {
        "environment_id": claim.key.environment_id,
        "account_id": claim.key.account_id,
        "surface": claim.key.surface,
        "key_hash": claim.key.key_hash,
        "request_digest": claim.request_digest,
        "claim_id": claim.id,
        "send_id": line.send["id"] if line.send else None,
        "held_until": line.held_until,
        "created_at": claim.created_at,
        "expires_at": claim.expires_at,
    }
    keys = ("environment_id", "account_id", "surface", "key_hash")
    return await insert_if_absent(connection, kept_answers, values, keys=keys)


_SETTLE = (
    update(sends)
    .where(
        sends.c.id == bindparam("send_id"),
        sends.c.environment_id == bindparam("its_environment_id"),
        # Whoever looked for it meanwhile and found it knows better than a process that was held up.
        sends.c.state.in_(("pending", "ambiguous")),
    )
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        http_status=bindparam("new_status"),
        message_id=bindparam("new_message_id"),
        attempts=bindparam("new_attempts"),
        look_at=bindparam("new_look_at"),
        updated_at=bindparam("at"),
    )
)


async def _settle(connection: AsyncConnection, settlements: Sequence[Settlement]) -> None:
    if settlements:
        await connection.execute(_SETTLE, [_settled(each) for each in settlements])


def _settled(settlement: Settlement) -> dict[str, Any]:
    outcome = settlement.outcome
    return {
        "send_id": settlement.send_id,
        "its_environment_id": settlement.environment_id,
        "new_state": outcome.state,
        "new_reason": outcome.reason,
        "new_status": outcome.status,
        "new_message_id": outcome.message_id,
        "new_attempts": settlement.attempts,
        "new_look_at": settlement.look_at,
        "at": settlement.at,
    }


async def hold_all(
    connection: AsyncConnection, send_ids: Sequence[str], claim_ids: Sequence[str], until: float
) -> None:
    """Say that this process still answers for what it wrote down."""
    table = kept_answers.c
    await connection.execute(
        update(sends)
        .where(sends.c.id.in_(send_ids), sends.c.state == "pending")
        .values(look_at=until)
    )
    await connection.execute(
        update(kept_answers).where(table.claim_id.in_(claim_ids)).values(held_until=until)
    )


async def _keep(connection: AsyncConnection, keep: Keep) -> None:
    await connection.execute(
        update(kept_answers)
        .where(*_of(keep.claim))
        .values(status=keep.status, answer=keep.answer, size=keep.size)
    )


async def _release(connection: AsyncConnection, claim: Claim) -> None:
    await connection.execute(delete(kept_answers).where(*_of(claim)))


def _of(claim: Claim) -> tuple[Any, ...]:
    key, table = claim.key, kept_answers.c
    return (
        table.environment_id == key.environment_id,
        table.account_id == key.account_id,
        table.surface == key.surface,
        table.key_hash == key.key_hash,
        table.claim_id == claim.id,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a key: the first call's digest, its answer if kept, its send if it sent."""

    request_digest: str
    claim_id: str
    status: int | None
    answer: bytes | None
    size: int | None
    held_until: float
    created_at: float
    expires_at: float
    send_id: str | None
    state: str | None
    reason: str | None
    look_at: float | None
    message_id: str | None
    note: str | None


async def find_key(connection: AsyncConnection, key: Key) -> Known | None:
    """Return what is known of a key in its environment, or None."""
    table = kept_answers.c
    statement = (
        select(
            table.request_digest,
            table.claim_id,
            table.status,
            table.answer,
            table.size,
            table.held_until,
            table.created_at,
            table.expires_at,
            table.send_id,
            sends.c.state,
            sends.c.reason,
            sends.c.look_at,
            sends.c.message_id,
            sends.c.note,
        )
        .select_from(kept_answers.outerjoin(sends, table.send_id == sends.c.id))
        .where(
            table.environment_id == key.environment_id,
            table.account_id == key.account_id,
            table.surface == key.surface,
            table.key_hash == key.key_hash,
        )
    )
    row = (await connection.execute(statement)).first()
    return None if row is None else Known(**row._mapping)
