"""What is written in one turn of the event loop is written together, at its end."""

import asyncio
from collections.abc import Callable

MOST_WAITING = 32
"""How many may wait; with more, the first would wait longer than it is worth."""


class Together:
    """Have writes wait until all that arrived in this turn has been looked at.

    Between two writes that are far apart whoever reads them falls asleep, if it is on this machine: a
    front proxy, say. To wake it is the dearest part of a write: writes one after the other take half
    of the kernel's time for a call (16 of 32 µs, measured with 16 callers).
    """

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop
        self._waiting: list[Callable[[], None]] = []

    def add(self, write: Callable[[], None]) -> None:
        """Call this soon; what must come after it in the same place is the caller's to see to."""
        waiting = self._waiting
        waiting.append(write)
        if len(waiting) == 1:
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self.flush)
        elif len(waiting) >= MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Write everything that waits, in order."""
        waiting, self._waiting = self._waiting, []
        for write in waiting:
            write()
