"""Records: off the hot path, in batches, and without secrets."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.support.turned_clock import START

from waypost.base.errors import StorageUnavailable
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.calls import record as room
from waypost.kernel.calls.record import CallRecord, Recorder, redacted_url

pytestmark = pytest.mark.anyio


class Shelf:
    """A sink that fails as often as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.batches: list[list[str]] = []

    async def __call__(self, rows: list[tuple[Any, ...]]) -> None:
        if any(row[0] == "poison" for row in rows):
            raise UnicodeError
        if self.failures:
            raise self.failures.pop(0)
        self.batches.append([row[0] for row in rows])


def entry(identifier: str) -> CallRecord:
    return CallRecord(identifier, "e", "a", None, "acme", "proxy", START)


async def test_records_of_a_moment_are_written_together() -> None:
    shelf = Shelf()
    counted: list[int] = []
    recorder = Recorder(shelf, BackgroundTasks(), count=lambda batch: counted.append(len(batch)))
    recorder.add(entry("1"))
    recorder.add(entry("2"))
    assert shelf.batches == []
    await asyncio.sleep(room.FLUSH_SECONDS * 3)
    assert shelf.batches == [["1", "2"]]
    assert counted == [2]


async def test_many_records_are_written_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda pause, act: pauses.append(pause))
    shelf = Shelf()
    recorder = Recorder(shelf, BackgroundTasks())
    for count in (room.MANY + 1, 1, 1):
        for number in range(count):
            recorder.add(entry(str(number)))
        recorder._begin()
        await asyncio.sleep(0)
    assert pauses == [room.FLUSH_SECONDS, room.BUSY_SECONDS, room.FLUSH_SECONDS]
    assert room.BUSY_SECONDS < 1, "what a kill may lose"


async def test_what_comes_during_a_write_waits_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    pauses: list[float] = []
    monkeypatch.setattr(loop, "call_later", lambda pause, act: pauses.append(pause))
    shelf = Shelf()

    async def slow(rows: list[tuple[Any, ...]]) -> None:
        recorder.add(entry(f"after {rows[0][0]}"))  # calls go on coming
        await shelf(rows)

    recorder = Recorder(slow, BackgroundTasks())
    recorder.add(entry("1"))
    recorder._begin()
    for _ in range(9):
        await asyncio.sleep(0)
    assert shelf.batches == [["1"]], "a transaction for every few records"
    assert pauses == [room.FLUSH_SECONDS] * 2
    await recorder.flush()
    assert shelf.batches == [["1"], ["after 1"]]


async def test_at_the_end_everything_is_written_also_what_comes_meanwhile() -> None:
    shelf = Shelf(StorageUnavailable())

    async def slow(rows: list[tuple[Any, ...]]) -> None:
        await shelf(rows)
        if rows[-1][0] == "1":
            recorder.add(entry("2"))  # of a call that ended during the write

    recorder = Recorder(slow, BackgroundTasks())
    recorder.add(entry("1"))
    await recorder.close()  # the database is away: it does not try for ever
    assert shelf.batches == []
    await recorder.close()
    assert shelf.batches == [["1"], ["2"]]


async def test_at_the_end_a_write_that_is_under_way_is_waited_for() -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()
    shelf, tasks = Shelf(), BackgroundTasks()

    async def slow(rows: list[tuple[Any, ...]]) -> None:
        begun.set()
        await goes_on.wait()
        await shelf(rows)

    recorder = Recorder(slow, tasks)
    recorder.add(entry("1"))
    tasks.start(recorder.flush(), name="write call records")
    await begun.wait()
    closing = tasks.start(recorder.close(), name="close")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not closing.done()
    goes_on.set()
    await closing
    await tasks.close()  # it cancels what still runs
    assert shelf.batches == [["1"]]


async def test_very_many_are_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda pause, act: None)
    shelf = Shelf()
    recorder = Recorder(shelf, BackgroundTasks())
    for number in range(room._WORTH):
        recorder.add(entry(str(number)))
    await asyncio.sleep(0)
    assert len(shelf.batches[0]) == room._WORTH


async def test_records_wait_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(StorageUnavailable())
    recorder = Recorder(shelf, BackgroundTasks())
    recorder.add(entry("1"))
    await recorder.flush()
    assert shelf.batches == []
    recorder.add(entry("2"))
    await recorder.flush()
    assert shelf.batches == [["1", "2"]]


async def test_a_record_that_cannot_be_kept_takes_no_other_with_it() -> None:
    shelf = Shelf()
    recorder = Recorder(shelf, BackgroundTasks())
    for name in ("1", "poison", "2"):
        recorder.add(entry(name))
    await recorder.flush()
    assert shelf.batches == [["1"], ["2"]]
    assert recorder.dropped == 1


async def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 2)
    shelf = Shelf()
    recorder = Recorder(shelf, BackgroundTasks())
    for number in range(4):
        recorder.add(entry(str(number)))
    assert recorder.dropped == 2
    await recorder.flush()
    assert shelf.batches == [["0", "1"]]


async def test_what_is_dropped_is_said_once_per_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 2)
    recorder = Recorder(Shelf(), BackgroundTasks())
    with capture_logs() as said:
        for _ in range(2):
            for number in range(4):
                recorder.add(entry(str(number)))
            await recorder.flush()
    assert [(each["event"], each["dropped"]) for each in said] == [
        ("call_records_dropped", 1),
        ("call_records_dropped", 3),
    ]


async def test_what_has_no_place_after_a_failure_is_counted_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "MOST_WAITING", 2)
    recorder: Recorder

    async def late(rows: list[tuple[Any, ...]]) -> None:
        for number in range(2):  # while the batch was under way
            recorder.add(entry(f"later {number}"))
        raise StorageUnavailable

    recorder = Recorder(late, BackgroundTasks())
    recorder.add(entry("1"))
    await recorder.flush()
    assert recorder.dropped == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.test/v1/a%20b", "https://h.test/v1/a%20b"),
        ("https://u:p@h.test/v1?a=1", "https://h.test/v1?a=1"),
        ("https://h.test/?q=x&page[]=2", "https://h.test/?q=x&page[]=2"),
        ("https://h.test/?api_key=k&x=1", "https://h.test/?api_key=[secret]&x=1"),
        ("https://h.test/?Access-Token=k", "https://h.test/?Access-Token=[secret]"),
        ("https://h.test/?x=" + "k" * 40, "https://h.test/?x=[secret]"),
        ("https://h.test/?password=", "https://h.test/?password=[secret]"),
        ("https://h.test/?email=a@b.test", "https://h.test/?email=a@b.test"),
    ],
)
def test_url_is_shown_without_secrets(url: str, shown: str) -> None:
    assert redacted_url(url) == shown
