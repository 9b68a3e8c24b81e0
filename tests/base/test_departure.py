"""Who left before the answer began, and who only waits."""

import asyncio
from typing import Any

import pytest

from waypost.base import departure
from waypost.base.asgi import CallerLeft, PlainRequest
from waypost.base.departure import Departures

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departure, "SOON", 0.01)


def request_with(messages: "asyncio.Queue[dict[str, Any]]", **headers: str) -> PlainRequest:
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return PlainRequest({"type": "http", "method": "GET", "headers": pairs}, messages.get)


async def given_up(request: PlainRequest, seconds: float) -> bool:
    """Wait as a call does; say whether the caller's leaving ended it."""
    watch = Departures().watch(request)
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        assert watch.is_ours()
        return True
    finally:
        watch.stop()
    return False


async def test_a_caller_who_leaves_ends_the_wait_and_nothing_else() -> None:
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    messages.put_nowait({"type": "http.disconnect"})
    assert await given_up(request_with(messages), 5)
    await asyncio.sleep(0.02)  # the task goes on: the cancellation was taken back


async def test_a_caller_who_waits_is_left_alone() -> None:
    assert not await given_up(request_with(asyncio.Queue()), 0.05)


async def test_a_body_is_left_to_its_reader() -> None:
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    messages.put_nowait({"type": "http.disconnect"})
    request = request_with(messages, content_length="3")
    assert not await given_up(request, 0.05)
    assert messages.qsize() == 1
    request.is_read = True
    assert await given_up(request, 5)


async def test_a_cancellation_of_somebody_else_is_not_ours() -> None:
    watch = Departures().watch(request_with(asyncio.Queue()))
    assert not watch.is_ours()
    watch.stop()


async def test_work_is_given_up_for_a_caller_who_left() -> None:
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    messages.put_nowait({"type": "http.disconnect"})
    with pytest.raises(CallerLeft):
        await Departures().unless_left(request_with(messages), asyncio.sleep(5))
    await asyncio.sleep(0.02)


async def test_work_that_ends_in_time_is_what_it_was() -> None:
    departures, request = Departures(), request_with(asyncio.Queue())
    assert await departures.unless_left(request, asyncio.sleep(0, "done")) == "done"

    async def fails() -> None:
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        await departures.unless_left(request, fails())


async def test_a_cancellation_of_somebody_else_passes_through() -> None:
    work = Departures().unless_left(request_with(asyncio.Queue()), asyncio.sleep(5))
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
