"""Lanes first, then callers in turn."""

import asyncio

import pytest

from waypost.engine.limits import Lane
from waypost.kernel.calls.queue import LaneQueue, Waiter

pytestmark = pytest.mark.anyio


def waiting(queue: LaneQueue, lane: Lane, who: str) -> Waiter:
    waiter = Waiter(lane, who, 0.0, asyncio.get_running_loop().create_future())
    queue.push(waiter)
    return waiter


async def test_callers_of_a_lane_take_turns_and_each_keeps_its_order() -> None:
    queue = LaneQueue()
    a1, a2, a3 = (waiting(queue, Lane.BULK, "a") for _ in range(3))
    b1 = waiting(queue, Lane.BULK, "b")
    c1, c2 = (waiting(queue, Lane.BULK, "c") for _ in range(2))
    assert [queue.pop(Lane.BULK) for _ in range(7)] == [a1, b1, c1, a2, c2, a3, None]
    assert not queue.is_any


async def test_how_many_go_before_one() -> None:
    queue = LaneQueue()
    first = waiting(queue, Lane.BULK, "a")
    second = waiting(queue, Lane.BULK, "a")
    other = waiting(queue, Lane.BULK, "b")
    urgent = waiting(queue, Lane.TRANSACTIONAL, "c")
    assert [queue.ahead_of(each) for each in (urgent, first, second, other)] == [0, 2, 3, 2]
    assert queue.counts() == (1, 0, 3, 0)
    assert len(queue) == len(list(queue)) == 4


async def test_who_leaves_frees_the_place_in_the_queue() -> None:
    queue = LaneQueue()
    gone, stays = waiting(queue, Lane.SYNC, "a"), waiting(queue, Lane.SYNC, "a")
    assert queue.remove(gone)
    assert not queue.remove(gone)
    assert queue.serve(Lane.SYNC, 2) == 1
    assert stays.place.done()
    assert not queue.remove(stays)
    assert not queue.is_any


async def test_a_place_is_not_given_to_a_caller_who_has_just_left() -> None:
    queue = LaneQueue()
    gone, stays = waiting(queue, Lane.FLOW, "a"), waiting(queue, Lane.FLOW, "b")
    gone.place.cancel()
    assert queue.serve(Lane.FLOW, 1) == 1
    assert stays.place.done()
