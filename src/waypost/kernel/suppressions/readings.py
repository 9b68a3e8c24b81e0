"""Read a provider's lists page by page, go on after a crash, and settle what is there no more."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.ids import new_id
from waypost.kernel.suppressions import store
from waypost.kernel.suppressions.directory import Suppressions
from waypost.kernel.suppressions.model import Fact, Reading
from waypost.kernel.suppressions.pushes.echo import settle_pushes, told_by_others
from waypost.kernel.suppressions.rules import GRACE_SECONDS, MISSES

MOST_PAGES = 5000
"""A list with more pages is taken for one that never ends: nothing is removed by it."""


class Unreadable(Exception):
    """Raised for a list that cannot be read now; the others are."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """The facts of one page, and where the next begins (None at the end)."""

    facts: Sequence[Fact]
    next: Mapping[str, Any] | None


ReadPage = Callable[[str, Mapping[str, Any] | None], Awaitable[ListPage]]
"""Reads a page of a list, by its name; raises Unreadable, or what ends this attempt."""


class Readings:
    """Keep the readings of accounts."""

    def __init__(self, database: Database, suppressions: Suppressions, *, clock: Clock) -> None:
        self._database = database
        self._suppressions = suppressions
        self._clock = clock

    async def due(self, integrations: Sequence[str]) -> list[tuple[str, str]]:
        """Return (environment, account) of all active accounts of integrations."""
        async with self._database.read() as connection:
            return await store.to_read(connection, integrations)

    async def read(
        self, environment_id: str, account_id: str, lists: Mapping[str, str], page: ReadPage
    ) -> int:
        """Read an account's lists (names with their reasons), going on where an attempt stopped.

        A page and the place of the next are written together. Returns how many entries were
        removed. Raises whatever `page` does, but Unreadable.
        """
        reading = await self._begun(environment_id, account_id)
        names = list(lists)
        first = reading.place[0] if reading.place else names[0]
        started = names.index(first) if first in names else 0
        for name in names[started:]:
            reading = await self._list(reading, name, page)
        return await self._settle(reading, lists)

    async def _begun(self, environment_id: str, account_id: str) -> Reading:
        async with self._database.write() as connection:
            found = await store.get_reading(connection, environment_id, account_id)
            if found is not None and found.run is not None:
                return found
            begun = Reading(account_id, environment_id, new_id(), self._clock.now())
            begun = replace(begun, finished_at=found.finished_at if found else None)
            await store.put_reading(connection, environment_id, begun)
            return begun

    async def _list(self, reading: Reading, name: str, page: ReadPage) -> Reading:
        place = reading.place
        cursor = place[1] if place and place[0] == name else None
        for _ in range(MOST_PAGES):
            try:
                found = await page(name, cursor)
            except Unreadable as error:
                return await self._unread(reading, name, str(error))
            cursor = found.next
            reading = replace(reading, place=[name, dict(cursor)] if cursor is not None else None)
            facts = [replace(fact, seen_in=reading.run) for fact in found.facts]
            async with self._database.write() as connection:
                environment_id, account_id = reading.environment_id, reading.account_id
                facts = await told_by_others(connection, environment_id, account_id, facts)
                await self._suppressions.add(environment_id, facts, connection=connection)
                await store.put_reading(connection, reading.environment_id, reading)
            if cursor is None:
                return reading
        return await self._unread(reading, name, "It has too many pages.")

    async def _unread(self, reading: Reading, name: str, why: str) -> Reading:
        changed = replace(reading, place=None, unread={**reading.unread, name: why[:500]})
        async with self._database.write() as connection:
            await store.put_reading(connection, reading.environment_id, changed)
        return changed

    async def _settle(self, reading: Reading, lists: Mapping[str, str]) -> int:
        complete = {name: why for name, why in lists.items() if name not in reading.unread}
        now = self._clock.now()
        done = replace(reading, run=None, began_at=None, place=None, finished_at=now)
        async with self._database.write() as connection:
            at_hand = await store.get_reading(
                connection, reading.environment_id, reading.account_id
            )
            if at_hand is None or at_hand.run != reading.run:
                return 0  # another process was at the same, and has settled it
            removed = await store.settle(
                connection,
                reading.environment_id,
                reading,
                complete,
                is_whole=len(complete) == len(lists),
                grace=GRACE_SECONDS,
                misses=MISSES,
                now=now,
            )
            place = (connection, reading.environment_id, reading.account_id)
            run, began_at = reading.run or "", reading.began_at or now
            await settle_pushes(*place, complete, run=run, began_at=began_at)
            await store.put_reading(connection, reading.environment_id, done)
        return removed
