"""Who does which kind of work, and how often it is tried."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from waypost.kernel.jobs.port import Lane
from waypost.kernel.jobs.retry import Backoff

Work = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Does a job of one kind; it may run twice, and any exception means: try again later.

BudgetExhausted and ProviderDown mean that it was not the time: then that was no attempt.
"""


class GaveUp(Exception):
    """Raised by a handler when trying again is of no use; the job ends as failed."""


@dataclass(frozen=True, slots=True)
class Handler:
    """One kind of work: the lane it runs in and what happens when it fails.

    `every` makes it standing work: from the first job of any kind on, it is done once in every so
    many seconds, for all processes together.
    """

    kind: str
    work: Work
    lane: Lane = "upkeep"
    backoff: Backoff = field(default_factory=Backoff)
    every: float | None = None


class Handlers(Mapping[str, Handler]):
    """Every kind of work this program does, by its name."""

    def __init__(self) -> None:
        self._by_kind: dict[str, Handler] = {}

    def add(self, handlers: Iterable[Handler]) -> None:
        """Add kinds of work; features do once the kernel that they enqueue through is built."""
        for handler in handlers:
            if handler.kind in self._by_kind:
                raise ValueError(f"two handlers for {handler.kind}")
            self._by_kind[handler.kind] = handler

    def __getitem__(self, kind: str) -> Handler:
        return self._by_kind[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_kind)

    def __len__(self) -> int:
        return len(self._by_kind)


__all__ = ["GaveUp", "Handler", "Handlers", "Work"]
