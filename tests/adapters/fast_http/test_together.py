"""Writes of one turn leave at its end, in order, and not too many wait."""

import asyncio
from functools import partial

import pytest

from waypost.adapters.fast_http.together import MOST_WAITING, Together


@pytest.mark.anyio
async def test_writes_leave_in_order_when_the_turn_ends() -> None:
    together = Together()
    told: list[int] = []
    for turn in range(2):
        for number in range(3):
            together.add(partial(told.append, number))
        assert told == [0, 1, 2] * turn
        await asyncio.sleep(0)
    assert told == [0, 1, 2] * 2


@pytest.mark.anyio
async def test_not_too_many_wait() -> None:
    together = Together()
    told: list[int] = []
    for number in range(MOST_WAITING + 1):
        together.add(partial(told.append, number))
    assert told == list(range(MOST_WAITING))
    await asyncio.sleep(0)
    assert told == list(range(MOST_WAITING + 1))


@pytest.mark.anyio
async def test_what_is_added_while_others_leave_leaves_in_the_next_turn() -> None:
    together = Together()
    told: list[str] = []
    together.add(lambda: together.add(lambda: told.append("later")))
    await asyncio.sleep(0)
    assert told == []
    await asyncio.sleep(0)
    assert told == ["later"]
