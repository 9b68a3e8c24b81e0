"""What is remembered of a slow place: read once, never old, and renewed before anybody waits."""

import asyncio

import pytest
from tests.support.turned_clock import TurnedClock

from waypost.base.errors import NotFound
from waypost.base.readings import Readings
from waypost.base.tasks import BackgroundTasks

pytestmark = pytest.mark.anyio


class Place:
    """A slow place: counts how often it is read, and answers with that number."""

    def __init__(self) -> None:
        self.clock = TurnedClock()
        self.reads = 0
        self.refusal: NotFound | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.readings: Readings[str, int] = Readings(
            self._read, BackgroundTasks(), seconds=4, most=2, monotonic=self.clock.now
        )

    async def _read(self, key: str) -> int:
        self.reads += 1
        found = self.reads
        await self.open.wait()
        if self.refusal is not None:
            raise self.refusal
        return found


async def _let_others_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_many_who_ask_at_once_cause_one_reading() -> None:
    place = Place()
    assert set(await asyncio.gather(*(place.readings.get("a") for _ in range(50)))) == {1}
    assert (place.reads, place.readings.peek("a"), place.readings.peek("b")) == (1, 1, None)


async def test_a_value_that_is_asked_for_is_renewed_before_it_ends_and_nobody_waits() -> None:
    place = Place()
    await place.readings.get("a")
    ahead = place.readings.fresh_until("a")
    place.clock.turn(2.9)
    assert place.readings.peek("a") == 1
    assert place.reads == 1
    place.clock.turn(0.1)
    assert ahead == place.clock.now()
    place.open.clear()
    assert [place.readings.peek("a") for _ in range(9)] == [1] * 9  # the old one serves meanwhile
    await _let_others_run()
    assert place.reads == 2  # once, however many ask
    assert place.readings.fresh_until("a") == ahead + 1
    place.open.set()
    await _let_others_run()
    assert place.readings.peek("a") == 2
    place.clock.turn(3.9)
    assert place.readings.peek("a") == 2


async def test_what_nobody_asks_for_ends_unread() -> None:
    place = Place()
    await place.readings.get("a")
    place.clock.turn(4)
    await _let_others_run()
    assert (place.readings.peek("a"), place.reads) == (None, 1)


async def test_a_renewal_that_fails_is_told_when_the_old_value_has_ended() -> None:
    place = Place()
    await place.readings.get("a")
    place.refusal = NotFound("gone")
    place.clock.turn(3)
    for _ in range(3):
        assert place.readings.peek("a") == 1
        await _let_others_run()
    assert place.reads == 2  # and is not tried at every call
    place.clock.turn(1)
    with pytest.raises(NotFound):
        await place.readings.get("a")


async def test_what_changed_during_a_renewal_is_not_undone_by_it() -> None:
    place = Place()
    await place.readings.get("a")
    place.clock.turn(3)
    place.open.clear()
    place.readings.peek("a")
    await _let_others_run()
    place.readings.forget("a")
    place.open.set()
    await _let_others_run()
    assert place.readings.peek("a") is None
    assert await place.readings.get("a") == 3


async def test_what_a_renewed_value_is_made_ready_for_may_refuse_it() -> None:
    place, seen = Place(), list[int]()
    await place.readings.get("a")

    def refuse(value: int) -> None:
        seen.append(value)
        raise NotFound("not ready")

    place.readings.before_renewed = refuse
    place.clock.turn(3)
    place.readings.peek("a")
    await _let_others_run()
    assert (seen, place.readings.peek("a")) == ([2], 1)


async def test_a_reading_during_a_change_is_used_and_not_kept() -> None:
    place = Place()
    place.open.clear()
    asked = asyncio.ensure_future(place.readings.get("a"))
    await _let_others_run()
    place.readings.forget_where(lambda key, _: key == "b")
    place.open.set()
    assert (await asked, place.readings.peek("a")) == (1, None)


async def test_the_oldest_goes_when_there_are_too_many() -> None:
    place = Place()
    for key in ("a", "b", "a", "c"):
        await place.readings.get(key)
    assert [place.readings.peek(key) for key in "abc"] == [None, 2, 3]
    place.readings.forget_all()
    assert place.readings.peek("c") is None


async def test_a_failure_is_everybody_s_own() -> None:
    place = Place()
    place.refusal = NotFound("gone")
    told = await asyncio.gather(
        *(place.readings.get("a") for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(each, NotFound) for each in told)
    place.refusal = None
    assert await place.readings.get("a") == 4
