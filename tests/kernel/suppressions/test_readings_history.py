"""Whatever happened on both sides, and wherever it crashed, the store is what the table prescribes.

The oracle below is written from the table in docs/guides/suppressions.md, and shares no code with
the store.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kernel.suppressions.conftest import Desk

from waypost.base.listing import Listing
from waypost.kernel.suppressions.readings import ListPage, Readings

pytestmark = pytest.mark.anyio

REASON, LIST = "unsubscribe", "unsubscribes"
ADDRESSES = ("ann@y.test", "bob@y.test", "cy@y.test")
Identity = tuple[str, str, str]


class Crashed(Exception):
    """The process was killed here."""


@dataclass
class Expected:
    """One entry as the table has it."""

    row: str | None
    is_heard: bool
    told_at: float
    removed: str | None = None
    removed_at: float = 0.0
    shown_in: int = -1
    missed: int = 0


@dataclass
class Oracle:
    """The table, read line by line; entries by address, form (here, heard, listed) and reason."""

    entries: dict[Identity, Expected] = field(default_factory=dict)

    def person_adds(self, address: str, now: float) -> None:
        self.entries[address, "here", "manual"] = Expected(None, False, now)

    def person_removes(self, address: str, now: float) -> None:
        for name, entry in self.entries.items():
            if name[0] == address and entry.removed is None:
                entry.removed, entry.removed_at = "person", now

    def event(self, address: str, at: float, now: float) -> None:
        entry = self.entries.get((address, "heard", REASON))
        if entry is None:
            forms = [self.entries.get((address, form, REASON)) for form in ("heard", "listed")]
            if not any(f and f.removed == "person" and at < f.removed_at for f in forms):
                self.entries[address, "heard", REASON] = Expected(None, True, now)
        elif entry.removed is None:
            entry.told_at, entry.missed = now, 0
        elif entry.removed == "provider" or at >= entry.removed_at:
            self.entries[address, "heard", REASON] = Expected(None, True, now)

    def shown(self, address: str, row: str, at: float, run: int, now: float) -> None:
        entry = self.entries.get((address, "listed", REASON))
        if entry is None:
            heard = self.entries.get((address, "heard", REASON))
            if heard and heard.removed == "person" and at < heard.removed_at:
                return
            self.entries[address, "listed", REASON] = Expected(row, False, now, shown_in=run)
            return
        entry.shown_in = run
        if entry.removed == "person" and row == entry.row and at < entry.removed_at:
            return
        entry.removed, entry.missed, entry.told_at, entry.row = None, 0, now, row

    def completed(self, run: int, began: float, now: float) -> None:
        listed = {n[0] for n, e in self.entries.items() if n[1] == "listed" and e.shown_in == run}
        for name, entry in self.entries.items():
            if entry.removed is not None or name[1] == "here":
                continue
            if name[1] == "heard" and name[0] in listed:
                entry.missed = 0
            elif entry.shown_in != run and entry.told_at < began - (600 if entry.is_heard else 0):
                entry.missed += 1
            if entry.missed >= 2:
                entry.removed, entry.removed_at = "provider", now

    def state(self) -> dict[Identity, str | None]:
        return {name: entry.removed for name, entry in self.entries.items()}


@dataclass
class Provider:
    """The other side: one list, newest first, read one row to a page."""

    rows: list[tuple[str, str, float]] = field(default_factory=list)
    made: int = 0

    def add(self, address: str, now: float) -> None:
        if all(row[0] != address for row in self.rows):
            self.made += 1
            self.rows.insert(0, (address, f"n{self.made}", now))

    def remove(self, address: str) -> None:
        self.rows = [row for row in self.rows if row[0] != address]


class History:
    """Both sides, told the same things."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.oracle, self.provider = desk, Oracle(), Provider()
        self.run = 0
        self.began: float | None = None

    async def step(self, act: str, address: str, number: int) -> None:
        desk, now = self.desk, self.desk.world.clock.now()
        heard = desk.fact(address, scope=f"account:{desk.account}", source="event")
        match act:
            case "add":
                manual = replace(heard, reason="manual", scope="all", origin="here", source="api")
                await desk.add(manual)
                self.oracle.person_adds(address, now)
            case "remove":
                page = await desk.suppressions.list(desk.shop)
                for entry in page.items:
                    if entry.address == address and entry.holds:
                        await desk.suppressions.remove(desk.shop, entry.id, by="x", why="y")
                self.oracle.person_removes(address, now)
            case "event":
                self.provider.add(address, now)
                await desk.add(replace(heard, at=now))
                self.oracle.event(address, now, now)
            case "late event":
                await desk.add(replace(heard, at=now - 50))
                self.oracle.event(address, now - 50, now)
            case "list":
                self.provider.add(address, now)
            case "unlist":
                self.provider.remove(address)
            case "read":
                await self.read(crash_at=number)
        desk.world.clock.turn(float(1 + number * 37 + (700 if number > 5 else 0)))

    async def read(self, crash_at: int) -> None:
        desk, now = self.desk, self.desk.world.clock.now()
        readings = Readings(desk.world.database, desk.suppressions, clock=desk.world.clock)
        self.began = now if self.began is None else self.began
        pages = 0

        async def page(name: str, cursor: Mapping[str, Any] | None) -> ListPage:
            nonlocal pages
            pages += 1
            if pages == crash_at:
                raise Crashed
            place = cursor["place"] if cursor else 0
            facts = []
            for address, row, at in self.provider.rows[place : place + 1]:
                self.oracle.shown(address, row, at, self.run, now)
                fact = desk.fact(address, scope="domain:shop.test", at=at, native_id=row)
                facts.append(replace(fact, native_list=name))
            more = place + 1 < len(self.provider.rows)
            return ListPage(facts, {"place": place + 1} if more else None)

        try:
            await readings.read(desk.shop, desk.account, {LIST: REASON}, page)
        except Crashed:
            return
        self.oracle.completed(self.run, self.began, now)
        self.run, self.began = self.run + 1, None

    async def state(self) -> dict[Identity, str | None]:
        forms = {"a": "heard", "d": "listed"}
        page = await self.desk.suppressions.list(self.desk.shop, Listing())
        return {
            (each.address, "here" if each.scope == "all" else forms[each.scope[0]], each.reason): (
                each.removal
            )
            for each in page.items
        }


ACTS = ("add", "remove", "event", "late event", "list", "list", "unlist", "read", "read", "read")
HISTORIES = st.lists(
    st.tuples(st.sampled_from(ACTS), st.sampled_from(ADDRESSES), st.integers(0, 9)), max_size=25
)


@settings(
    max_examples=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=HISTORIES)
async def test_the_store_is_what_the_table_prescribes(desk: Desk, history: list[Any]) -> None:
    shop = await desk.world.environment("One more")
    account = (await desk.world.account(shop)).id
    both = History(Desk(desk.world, shop, account, desk.suppressions))
    for act, address, number in history:
        await both.step(act, address, number)
        assert await both.state() == both.oracle.state()


async def test_a_long_history(desk: Desk) -> None:
    seed = random.Random(5)
    both, ends = History(desk), set[str | None]()
    for _ in range(300):
        await both.step(seed.choice(ACTS), seed.choice(ADDRESSES), seed.randrange(10))
        assert await both.state() == both.oracle.state()
        ends |= set(both.oracle.state().values())
    assert ends == {"person", "provider", None}
