"""Waking by the loop's clock, and by one that others turn."""

import asyncio
from pathlib import Path

import pytest

from waypost.base.alarm import TurnedAlarms, loop_alarm, sleep_by
from waypost.base.clock import file_clock

pytestmark = pytest.mark.anyio


async def test_the_loops_own_clock_wakes_unless_it_is_cancelled() -> None:
    woken = asyncio.Event()
    loop_alarm(0, pytest.fail).cancel()
    loop_alarm(0, woken.set)
    await asyncio.wait_for(woken.wait(), 5)


async def test_a_turned_clock_wakes_in_the_order_of_time_and_not_before(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("1000")
    alarms = TurnedAlarms(file_clock(file))
    order: list[str] = []
    done = asyncio.Event()
    alarms(60, lambda: order.append("later"))
    alarms(30, lambda: order.append("soon"))
    alarms(45, lambda: order.append("cancelled")).cancel()
    alarms(90, done.set)
    await asyncio.sleep(0.02)
    assert order == []
    file.write_text("1059.9")
    await sleep_by(alarms)(-1)
    assert order == ["soon"]
    file.write_text("1090")
    await asyncio.wait_for(done.wait(), 5)
    assert order == ["soon", "later"]


async def test_a_sleep_that_is_cancelled_takes_its_alarm_along(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("1000")
    alarms = TurnedAlarms(file_clock(file))
    task = asyncio.ensure_future(sleep_by(alarms)(10))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    file.write_text("2000")
    await asyncio.wait_for(sleep_by(alarms)(0), 5)
