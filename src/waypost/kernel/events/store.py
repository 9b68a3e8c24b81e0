"""The table of events, and its SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
)

from waypost.base.connection import AsyncConnection
from waypost.base.database import Json, Moment, metadata
from waypost.base.listing import Condition, Kind, Listing, Page, fetch_page
from waypost.base.rows import the_one

event = Table(
    "event",
    metadata,
    # The order of one moment's events: several may share it, and their ids are random.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", Text, nullable=False),
    Column(
        "environment_id", Text, ForeignKey("environment.id", ondelete="CASCADE"), nullable=False
    ),
    Column("type", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("about", Text),
    UniqueConstraint("id"),
    Index(None, "environment_id", "about"),
    Index(None, "environment_id", "created_at", "position"),
)

"""`about` is the provider's id of the message that an event is about."""

MOST_ABOUT = 1000
MOST_ID = 200
"""The longest id of a message that is looked for; a database's index takes no very long text."""
EVENT_FILTERS: Mapping[str, Kind] = {"type": "text", "created_at": "moment"}


@dataclass(frozen=True, slots=True)
class Event:
    """A fact: `type` is `resource:happening`, `payload` JSON without secrets."""

    id: str
    environment_id: str
    type: str
    payload: Mapping[str, Any]
    created_at: float


async def add(connection: AsyncConnection, records: Sequence[Event]) -> None:
    """Insert events."""
    rows = [
        {name: getattr(record, name) for name in Event.__slots__}
        | {"about": message_of(record.payload)}
        for record in records
    ]
    await connection.execute(insert(event), rows)


def message_of(payload: Mapping[str, Any]) -> str | None:
    """Return which message an event is about; what a provider may call so is no message's id."""
    named = payload.get("message_id")
    is_id = isinstance(named, str) and len(named) <= MOST_ID and "\0" not in named
    return named if is_id else None


async def list_events(
    connection: AsyncConnection, environment_id: str, listing: Listing
) -> Page[Event]:
    """Return a page of an environment's events."""
    query = select(event).where(event.c.environment_id == environment_id)
    page = await fetch_page(connection, query, listing, dict(event.c), tie="position")
    return Page([_event(row._mapping) for row in page.items], page.next)


async def about(connection: AsyncConnection, environment_id: str, subject: str) -> list[Event]:
    """Return the events about one message, oldest first; at most a thousand."""
    rows = await connection.execute(
        select(event)
        .where(event.c.environment_id == environment_id, event.c.about == subject)
        .order_by(event.c.position)
        .limit(MOST_ABOUT)
    )
    return [_event(row._mapping) for row in rows]


async def get(connection: AsyncConnection, environment_id: str, event_id: str) -> Event:
    """Return one event; raises NotFound."""
    listing = Listing((Condition("id", "eq", event_id),), limit=1)
    return the_one(await list_events(connection, environment_id, listing), "event")


async def of_ids(
    connection: AsyncConnection, environment_id: str, ids: Sequence[str]
) -> list[Event]:
    """Return the named events that there are, in their order."""
    rows = await connection.execute(
        select(event)
        .where(event.c.environment_id == environment_id, event.c.id.in_(ids))
        .order_by(event.c.position)
    )
    return [_event(row._mapping) for row in rows]


async def remove_older(connection: AsyncConnection, before: float) -> int:
    """Delete events of all environments from before a moment; return how many."""
    gone = await connection.execute(delete(event).where(event.c.created_at < before))
    return gone.rowcount


def _event(row: Mapping[Any, Any]) -> Event:
    return Event(**{name: row[name] for name in Event.__slots__})
