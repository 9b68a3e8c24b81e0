"""Many who want something written share one transaction."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from waypost.base.errors import StorageUnavailable
from waypost.base.tasks import BackgroundTasks

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Write items in the order they came; what comes during a write goes into the next one.

    Nobody waits for company: a lone item is written at once. `write` answers for each of its items,
    in their order; `most` bounds the sum of their `weigh`.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        tasks: BackgroundTasks,
        *,
        most: int,
        weigh: Callable[[Item], int] = lambda _item: 1,
        name: str,
    ) -> None:
        self._write = write
        self._tasks = tasks
        self._most = most
        self._weigh = weigh
        self._name = name
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._is_running = False

    async def done(self, item: Item) -> Result:
        """Return once an item is written, and raise what its writing raised.

        A caller that goes away takes nothing back.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if not self._is_running:
            self._is_running = True
            self._tasks.start(self._run(), name=self._name)
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._settle(self._taken())
        finally:
            self._is_running = False
            for _, future in self._waiting:
                future.cancel()

    def _taken(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        taken = [self._waiting.popleft()]
        weight = self._weigh(taken[0][0])
        while self._waiting and (weight := weight + self._weigh(self._waiting[0][0])) <= self._most:
            taken.append(self._waiting.popleft())
        return taken

    async def _settle(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, StorageUnavailable):
                for each in batch:  # one of them spoils it for the others
                    await self._settle([each])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)


__all__ = ["GroupCommit"]
