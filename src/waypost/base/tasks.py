"""Background work that keeps a reference and reports its failure."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from waypost.base.log import get_logger

_log = get_logger("waypost.tasks")


class BackgroundTasks:
    """Own the background tasks of one process, so that shutdown can wait for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run `work` in the background; a failure is logged with its name."""
        task = asyncio.create_task(work, name=name)  # noqa: TID251
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background_task_failed", task=task.get_name(), error=type(error).__name__)

    async def close(self) -> None:
        """Cancel what still runs and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


Sleep = Callable[[float], Coroutine[Any, Any, None]]
"""How waiting is handed to code that paces: real in the program, turned in tests."""
