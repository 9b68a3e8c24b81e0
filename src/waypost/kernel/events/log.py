"""The log of events and those who listen to it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.kernel.events import store
from waypost.kernel.events.store import Event

Subscriber = Callable[[AsyncConnection, Sequence[Event]], Awaitable[None]]
"""Hears events inside their transaction, those of one environment that came together.

It may store and enqueue, and must not call anyone.
"""
Directory = Callable[[AsyncConnection, str, Collection[str]], Awaitable[Collection[str]]]
"""Says which of some ids are endpoints of an environment."""


class Events:
    """Append events and read them back."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._subscribers: list[Subscriber] = []
        self._directories: list[Directory] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Have `subscriber` hear every event from now on, in the event's own transaction."""
        self._subscribers.append(subscriber)

    def addressed_by(self, directory: Directory) -> None:
        """Have `directory` asked which endpoints there are: a payload's `webhook_id` names one."""
        self._directories.append(directory)

    async def endpoints(self, environment_id: str, ids: Collection[str]) -> set[str]:
        """Return those of some ids that an event can be addressed to."""
        found: set[str] = set()
        async with self._database.read() as connection:
            for directory in self._directories:
                found.update(await directory(connection, environment_id, ids))
        return found

    async def append(
        self,
        connection: AsyncConnection,
        environment_id: str,
        event_type: str,
        payload: Mapping[str, Any],
    ) -> Event:
        """Append an event in the caller's transaction and tell the subscribers."""
        (event,) = await self.append_all(connection, environment_id, [(event_type, payload)])
        return event

    async def append_all(
        self,
        connection: AsyncConnection,
        environment_id: str,
        happened: Sequence[tuple[str, Mapping[str, Any]]],
    ) -> Sequence[Event]:
        """Append events of one environment, in order, as types and payloads."""
        now = self._clock.now()
        events = [
            Event(new_id(), environment_id, event_type, dict(payload), now)
            for event_type, payload in happened
        ]
        await store.add(connection, events)
        for subscriber in self._subscribers:
            await subscriber(connection, events)
        return events

    async def list(self, environment_id: str, listing: Listing | None = None) -> Page[Event]:
        """Return a page of an environment's events, oldest first unless asked otherwise."""
        async with self._database.read() as connection:
            return await store.list_events(connection, environment_id, listing or Listing())

    async def about(self, environment_id: str, message_id: str) -> Sequence[Event]:
        """Return the events about one message, oldest first."""
        async with self._database.read() as connection:
            return await store.about(connection, environment_id, message_id)

    async def get(self, environment_id: str, event_id: str) -> Event:
        """Return one event; raises NotFound."""
        async with self._database.read() as connection:
            return await store.get(connection, environment_id, event_id)

    async def of_ids(
        self, connection: AsyncConnection, environment_id: str, ids: Sequence[str]
    ) -> Sequence[Event]:
        """Return the named events that are kept, in the order in which they happened."""
        return await store.of_ids(connection, environment_id, ids)

    async def forget(self, before: float) -> int:
        """Delete the events of all environments from before a moment; return how many."""
        async with self._database.write() as connection:
            return await store.remove_older(connection, before)
