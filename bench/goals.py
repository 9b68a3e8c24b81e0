"""What is to be reached, and whether it is."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["goal", "floor", "FAIL"]


@dataclass(frozen=True)
class Goal:
    """A figure to reach; `floor` is what must not be missed, on the same side."""

    what: str
    unit: str
    goal: float
    floor: float
    more_is_better: bool = False

    def judge(self, value: float) -> Verdict:
        """Say how far a value got."""
        sign = 1 if self.more_is_better else -1
        if sign * value >= sign * self.goal:
            return "goal"
        return "floor" if sign * value >= sign * self.floor else "FAIL"


# Of nginx's throughput on one core, by processor time per request.
THROUGHPUT = {
    16: Goal("of nginx's throughput, 16 connections", "×", 0.65, 0.45, more_is_better=True),
    64: Goal("of nginx's throughput, 64 connections", "×", 0.65, 0.45, more_is_better=True),
    256: Goal("of nginx's throughput, 256 connections", "×", 0.55, 0.40, more_is_better=True),
}
TWO_PROCESSES = Goal(
    "of nginx's throughput, 2 processes each", "×", 0.70, 0.50, more_is_better=True
)
OVER_TLS = Goal("of nginx's throughput, TLS to the provider", "×", 0.50, 0.35, more_is_better=True)
BARE = Goal("of uvicorn + aiohttp's throughput", "×", 3.5, 2, more_is_better=True)
USUAL = Goal("of FastAPI + httpx's throughput", "×", 40, 20, more_is_better=True)
ADDED = Goal("added to a call, one connection", "µs", 60, 100)
UNIFIED = Goal("unified list of 25 users, CPU per request", "µs", 450, 450)
MEMORY = Goal("memory of a worker at 256 connections", "MiB", 60, 80)
DOWN = Goal("growth while 100 MB stream down", "MiB", 2, 8)
UP = Goal("growth while 100 MB stream up", "MiB", 2, 8)
