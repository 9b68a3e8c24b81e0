"""What was read from a slow place, remembered for a moment: read once for all who ask at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

from waypost.base.clock import monotonic
from waypost.base.errors import WaypostError
from waypost.base.tasks import BackgroundTasks

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_LAST_PART = 0.25
"""Asked for in this last part of its time, a value is read again while the old one still serves."""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    value: V
    renew_at: float  # monotonic; inf when that has begun
    until: float


class Readings(Generic[K, V]):
    """Answer from memory for `seconds` after a reading; at most `most` values are kept.

    Without the renewal ahead, everybody who calls at the moment a value ends would wait for the next
    one together: hundreds of calls at once take the slow way, every few seconds, for ever.
    """

    def __init__(
        self,
        read: Callable[[K], Awaitable[V]],
        tasks: BackgroundTasks,
        *,
        seconds: float,
        most: int,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._read = read
        self._tasks = tasks
        self._seconds = seconds
        self._most = most
        self._monotonic = monotonic
        self._kept: dict[K, _Kept[V]] = {}
        self._reading: dict[K, asyncio.Lock] = {}
        self.changes = 0
        """Grows whenever a value in memory may be old."""
        self.before_renewed: Callable[[V], object] = lambda _: None
        """Called with a value read ahead, before it serves; one that it refuses is not kept."""

    def peek(self, key: K) -> V | None:
        """Return a fresh value if one is in memory."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        now = self._monotonic()
        if kept.until <= now:
            return None
        if kept.renew_at <= now:
            self._kept[key] = _Kept(kept.value, inf, kept.until)
            self._tasks.start(self._renew(key), name="read again ahead of time")
        return kept.value

    def fresh_until(self, key: K) -> float:
        """Return until when (monotonic) `peek` need not be asked, while `changes` stays; else 0."""
        kept = self._kept.get(key)
        return 0.0 if kept is None else min(kept.renew_at, kept.until)

    async def get(self, key: K) -> V:
        """Return a fresh value, reading it if need be; raises what the reading raises."""
        if (value := self.peek(key)) is not None:
            return value
        lock = self._reading.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                if (value := self.peek(key)) is not None:
                    return value
                changes = self.changes
                value = await self._read(key)
                if changes == self.changes:  # else it may be old already: use it, do not keep it
                    self._keep(key, value)
                return value
        finally:
            self._reading.pop(key, None)

    def forget(self, key: K) -> None:
        """Drop a value now."""
        self.changes += 1
        self._kept.pop(key, None)

    def forget_where(self, is_old: Callable[[K, V], bool]) -> None:
        """Drop the values of which `is_old` says so."""
        self.changes += 1
        for key, kept in list(self._kept.items()):
            if is_old(key, kept.value):
                self._kept.pop(key, None)

    def forget_all(self) -> None:
        """Drop every value."""
        self.changes += 1
        self._kept.clear()

    async def _renew(self, key: K) -> None:
        changes = self.changes
        try:
            value = await self._read(key)
            self.before_renewed(value)
        except WaypostError:
            return  # the old one ends in time, and whoever asks then is told why
        if changes == self.changes and key in self._kept:
            self._keep(key, value)

    def _keep(self, key: K, value: V) -> None:
        if key not in self._kept and len(self._kept) >= self._most:
            self._kept.pop(next(iter(self._kept)))
        until = self._monotonic() + self._seconds
        self._kept[key] = _Kept(value, until - self._seconds * _LAST_PART, until)
