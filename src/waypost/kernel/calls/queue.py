"""Who waits for a place: lane before lane, and in a lane one caller after the other in turn."""

from asyncio import Future
from collections import OrderedDict
from collections.abc import Iterator

from waypost.engine.limits import Lane, Waiting


class Waiter:
    """One call that waits; its future tells that it has a place."""

    __slots__ = ("deadline", "is_judged", "lane", "place", "who")

    def __init__(self, lane: Lane, who: str, deadline: float, place: "Future[None]") -> None:
        self.lane = lane
        self.who = who
        self.deadline = deadline
        self.place = place
        self.is_judged = False


class LaneQueue:
    """The waiting calls of one class of one account; `is_any` says whether there is one."""

    def __init__(self) -> None:
        # By lane, then by caller in the order of their next turn; a caller's calls in their order.
        self._lanes: tuple[OrderedDict[str, dict[Waiter, None]], ...] = tuple(
            OrderedDict() for _ in Lane
        )
        self._counts = [0] * len(Lane)
        self.is_any = False

    def __len__(self) -> int:
        return sum(self._counts)

    def __iter__(self) -> Iterator[Waiter]:
        """Yield every waiting call; do not change the queue meanwhile."""
        for lane in self._lanes:
            for calls in lane.values():
                yield from calls

    def counts(self) -> Waiting:
        """Return how many calls wait in each lane."""
        first, second, third, last = self._counts
        return first, second, third, last

    def push(self, waiter: Waiter) -> None:
        """Add a call behind its caller's others."""
        self._lanes[waiter.lane].setdefault(waiter.who, {})[waiter] = None
        self._counts[waiter.lane] += 1
        self.is_any = True

    def pop(self, lane: int) -> Waiter | None:
        """Take the call whose turn it is in a lane; its caller comes again after all others."""
        callers = self._lanes[lane]
        if not callers:
            return None
        who, calls = next(iter(callers.items()))
        waiter = next(iter(calls))
        del calls[waiter]
        self._counts[lane] -= 1
        self.is_any = any(self._counts)
        if calls:
            callers.move_to_end(who)
        else:
            del callers[who]
        return waiter

    def serve(self, lane: int, count: int) -> int:
        """Give places to so many calls of a lane; return how many took one."""
        served = 0
        while served < count and (waiter := self.pop(lane)) is not None:
            if not waiter.place.done():  # whose caller has not left
                waiter.place.set_result(None)
                served += 1
        return served

    def remove(self, waiter: Waiter) -> bool:
        """Take out a call that waits no longer; False when it was not waiting."""
        calls = self._lanes[waiter.lane].get(waiter.who, {})
        if waiter not in calls:
            return False
        del calls[waiter]
        self._counts[waiter.lane] -= 1
        self.is_any = any(self._counts)
        if not calls:
            del self._lanes[waiter.lane][waiter.who]
        return True

    def ahead_of(self, waiter: Waiter) -> int:
        """Return how many calls go before one, if none comes that is more urgent."""
        callers = self._lanes[waiter.lane]
        own = list(callers[waiter.who]).index(waiter)
        beside = sum(
            min(len(calls), own + 1) for who, calls in callers.items() if who != waiter.who
        )
        return sum(self._counts[: waiter.lane]) + beside + own
