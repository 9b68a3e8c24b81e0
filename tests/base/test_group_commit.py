"""A burst is one write; a lone item waits for nobody; one that spoils a batch spoils itself only."""

import asyncio
from collections.abc import Sequence

import pytest

from waypost.base.errors import NotFound, StorageUnavailable
from waypost.base.group_commit import GroupCommit
from waypost.base.tasks import BackgroundTasks

pytestmark = pytest.mark.anyio


class Book:
    """Keep what was written together; writing waits until it is let go on."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.refused: dict[int, Exception] = {}

    async def write(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.may_write.wait()
        for item in items:
            if item in self.refused:
                raise self.refused[item]
        return [item * 10 for item in items]


def together(book: Book, most: int = 100) -> GroupCommit[int, int]:
    return GroupCommit(book.write, BackgroundTasks(), most=most, name="write")


async def test_what_comes_during_a_write_shares_the_next() -> None:
    book = Book()
    book.may_write.clear()
    here = together(book)
    first = asyncio.ensure_future(here.done(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = [asyncio.ensure_future(here.done(number)) for number in range(2, 6)]
    await asyncio.sleep(0)
    assert not any(each.done() for each in (first, *rest)), "nobody is told before it is written"
    book.may_write.set()
    assert await asyncio.gather(first, *rest) == [10, 20, 30, 40, 50]
    assert book.batches == [[1], [2, 3, 4, 5]]


async def test_a_batch_has_a_bound_and_one_item_always_fits() -> None:
    book = Book()
    here: GroupCommit[int, int] = GroupCommit(
        book.write, BackgroundTasks(), most=10, weigh=lambda item: item, name="write"
    )
    assert await asyncio.gather(*(here.done(each) for each in (4, 6, 1, 99))) == [40, 60, 10, 990]
    assert book.batches == [[4, 6], [1], [99]]


async def test_one_that_spoils_a_batch_spoils_only_itself() -> None:
    book = Book()
    book.refused[2] = NotFound("gone")
    answers = await asyncio.gather(*map(together(book).done, (1, 2, 3)), return_exceptions=True)
    assert [answers[0], answers[2]] == [10, 30]
    assert isinstance(answers[1], NotFound)


async def test_a_failing_database_is_told_to_all_and_asked_once() -> None:
    book = Book()
    book.refused[2] = StorageUnavailable("away")
    here = together(book)
    answers = await asyncio.gather(*map(here.done, (1, 2, 3)), return_exceptions=True)
    assert {type(each) for each in answers} == {StorageUnavailable}
    assert len(book.batches) == 1
    book.refused.clear()
    assert await here.done(4) == 40


async def test_a_caller_that_leaves_takes_nothing_back() -> None:
    book = Book()
    book.may_write.clear()
    here = together(book)
    leaves, stays = (asyncio.ensure_future(here.done(each)) for each in (1, 2))
    await asyncio.sleep(0)
    leaves.cancel()
    await asyncio.sleep(0)
    book.may_write.set()
    assert await stays == 20
    assert book.batches == [[1, 2]]


async def test_who_still_waits_at_the_end_is_told() -> None:
    book = Book()
    book.may_write.clear()
    tasks = BackgroundTasks()
    here: GroupCommit[int, int] = GroupCommit(book.write, tasks, most=1, name="write")
    waiting = [asyncio.ensure_future(here.done(each)) for each in (1, 2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await tasks.close()
    answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
    assert {type(each) for each in answers} == {asyncio.CancelledError}
