"""An attempt that goes on when its watcher leaves, and what a watcher sees of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from waypost.base.errors import WaypostError
from waypost.base.tasks import BackgroundTasks
from waypost.features.link.desk import Desk
from waypost.features.link.desk import Request as LinkRequest
from waypost.features.link.outcome import Outcome


class Progress:
    """Run an attempt in the background; its steps can be followed, or only its end awaited.

    Closing the browser half way must not leave an account half linked.
    """

    def __init__(self, desk: Desk, request: LinkRequest, tasks: BackgroundTasks) -> None:
        self._desk = desk
        self._request = request
        self._steps: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        self._task = tasks.start(self._run(), name="link an account")

    async def _run(self) -> Outcome | WaypostError:
        # An error is an answer for whoever watches, not a failure of the background task.
        try:
            return await self._desk.link(self._request, self._steps.put)
        except WaypostError as error:
            return error
        finally:
            self._steps.put_nowait(None)

    async def first(self) -> Mapping[str, Any] | None:
        """Return the first step, None when the attempt ended without one; raises its error then."""
        step = await self._steps.get()
        if step is None:
            await self.end()
        return step

    async def rest(self) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the further steps as they happen."""
        while (step := await self._steps.get()) is not None:
            yield step

    async def end(self) -> Outcome:
        """Return how it ended; raises the error that ended it."""
        ended: Outcome | WaypostError = await asyncio.shield(self._task)
        if isinstance(ended, WaypostError):
            raise ended
        return ended
