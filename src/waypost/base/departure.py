"""Notice a caller who leaves before the answer begins."""

import asyncio
from typing import Any

from waypost.base.asgi import PlainRequest

SOON = 1.0
"""Seconds without an answer before anybody looks: the usual call is over by then."""


class Departure:
    """Cancel the current task when its caller leaves; `stop` ends the watch.

    Nothing but a timer is spent on the first second. A body is left to whoever reads it, and the
    watch begins after its end. The task that is cancelled asks `is_ours`.
    """

    __slots__ = ("_left", "_loop", "_request", "_serving", "_timer", "_waiting")

    def __init__(self, request: PlainRequest) -> None:
        self._left = False
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._serving = asyncio.current_task()
        self._waiting: asyncio.Task[Any] | None = None
        self._timer = self._loop.call_later(SOON, self._look)

    def _look(self) -> None:
        if self._request.has_body and not self._request.is_read:
            self._timer = self._loop.call_later(SOON, self._look)
        else:
            self._waiting = self._loop.create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        if self._serving is not None:
            self._left = True
            self._serving.cancel()

    def stop(self) -> None:
        """End the watch."""
        self._timer.cancel()
        if self._waiting is not None:
            self._waiting.cancel()

    def is_ours(self) -> bool:
        """Say whether the caller's leaving is why the task was cancelled, and take that back."""
        if self._left and self._serving is not None:
            self._serving.uncancel()
        return self._left


__all__ = ["Departure"]
