"""Readings of a provider's lists: bounded, gone on with, and careful about what they remove."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.kernel.suppressions.conftest import Desk

from waypost.kernel.suppressions import readings as room
from waypost.kernel.suppressions.readings import ListPage, Readings, Unreadable

pytestmark = pytest.mark.anyio
LISTS = {"one": "unsubscribe", "two": "complaint"}


async def read(desk: Desk, rows: dict[str, list[str] | None]) -> list[tuple[str, Any]]:
    """Read both lists, two rows to a page; None is a list that cannot be read."""
    asked: list[tuple[str, Any]] = []

    async def page(name: str, cursor: Mapping[str, Any] | None) -> ListPage:
        asked.append((name, cursor))
        found = rows[name]
        if found is None:
            raise Unreadable("403: no scope")
        place = cursor["place"] if cursor else 0
        some = [desk.fact(f"{each}@y.test", reason=LISTS[name]) for each in found[place:][:2]]
        listed = [replace(each, native_list=name, native_id=each.address) for each in some]
        return ListPage(listed, {"place": place + 2} if place + 2 < len(found) else None)

    here = Readings(desk.world.database, desk.suppressions, clock=desk.world.clock)
    await here.read(desk.shop, desk.account, LISTS, page)
    desk.world.clock.turn(60)
    return asked


async def held(desk: Desk) -> list[str]:
    page = await desk.suppressions.list(desk.shop)
    return sorted(each.address.partition("@")[0] for each in page.items if each.holds)


async def test_all_pages_of_all_lists_are_read(desk: Desk) -> None:
    asked = await read(desk, {"one": ["a", "b", "c"], "two": ["d"]})
    assert asked == [("one", None), ("one", {"place": 2}), ("two", None)]
    assert await held(desk) == ["a", "b", "c", "d"]


async def test_one_reading_that_misses_a_row_removes_nothing(desk: Desk) -> None:
    await read(desk, {"one": ["a", "b"], "two": []})
    await read(desk, {"one": ["b"], "two": []})
    assert await held(desk) == ["a", "b"]
    await read(desk, {"one": ["a", "b"], "two": []})
    await read(desk, {"one": ["b"], "two": []})
    assert await held(desk) == ["a", "b"], "not two in a row"
    await read(desk, {"one": ["b"], "two": []})
    assert await held(desk) == ["b"]
    await read(desk, {"one": ["a", "b"], "two": []})
    assert await held(desk) == ["a", "b"]


async def test_a_list_that_cannot_be_read_removes_nothing(desk: Desk) -> None:
    await read(desk, {"one": ["a"], "two": ["d"]})
    for _ in range(3):
        await read(desk, {"one": None, "two": []})
    assert await held(desk) == ["a"]


async def test_a_list_without_end_removes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await read(desk, {"one": ["a", "b"], "two": []})
    monkeypatch.setattr(room, "MOST_PAGES", 2)
    for _ in range(3):
        await read(desk, {"one": ["c"] * 20, "two": []})
    assert await held(desk) == ["a", "b", "c"]


async def test_accounts_of_integrations_are_due(desk: Desk) -> None:
    here = Readings(desk.world.database, desk.suppressions, clock=desk.world.clock)
    await desk.world.account(desk.shop, integration="initech")
    await desk.world.account(desk.shop, active=False)
    assert await here.due(["acme"]) == [(desk.shop, desk.account)]
