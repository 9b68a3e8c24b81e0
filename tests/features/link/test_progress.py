"""An attempt goes on whoever watches, and its error reaches whoever waits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import pytest

from waypost.base.errors import Conflict
from waypost.base.tasks import BackgroundTasks
from waypost.features.link.desk import Desk
from waypost.features.link.desk import Request as LinkRequest
from waypost.features.link.outcome import Outcome
from waypost.features.link.progress import Progress

pytestmark = pytest.mark.anyio
Link = Callable[[Any, Callable[[Mapping[str, Any]], Awaitable[None]]], Awaitable[Outcome]]


class Tried:
    """A desk whose attempt is the test's own."""

    def __init__(self, link: Link) -> None:
        self.link = link


def progress(link: Link) -> Progress:
    return Progress(cast(Desk, Tried(link)), cast(LinkRequest, None), BackgroundTasks())


async def test_steps_in_order_and_then_the_end() -> None:
    async def link(_: Any, tell: Any) -> Outcome:
        for number in range(3):
            await tell({"step": number})
        return Outcome("acme", "a1")

    watched = progress(link)
    assert await watched.first() == {"step": 0}
    assert [step async for step in watched.rest()] == [{"step": 1}, {"step": 2}]
    assert (await watched.end()).succeeded


async def test_an_error_before_the_first_step_is_raised_at_once() -> None:
    async def link(_: Any, tell: Any) -> Outcome:
        raise Conflict

    with pytest.raises(Conflict):
        await progress(link).first()


async def test_an_end_without_a_step() -> None:
    async def link(_: Any, tell: Any) -> Outcome:
        return Outcome("acme", error="No.", error_type="connection_error")

    watched = progress(link)
    assert await watched.first() is None
    assert not (await watched.end()).succeeded


async def test_it_goes_on_when_the_watcher_leaves() -> None:
    gate, done = asyncio.Event(), asyncio.Event()

    async def link(_: Any, tell: Any) -> Outcome:
        await gate.wait()
        done.set()
        return Outcome("acme", "a1")

    watched = progress(link)
    watcher = asyncio.ensure_future(watched.end())
    await asyncio.sleep(0)
    watcher.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watcher
    gate.set()
    await asyncio.wait_for(done.wait(), 5)
