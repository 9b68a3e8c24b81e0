"""A clock that stands still until a test turns it."""

from waypost.base.clock import Clock

START = 1_790_000_000.0
"""An ordinary moment: 2026-09-21T14:13:20Z."""


class TurnedClock(Clock):
    """Tell the time last set; sleeping turns the clock and takes none."""

    def __init__(self, at: float = START) -> None:
        self.at = at
        self.sleeps: list[float] = []
        super().__init__(lambda: self.at)

    def turn(self, seconds: float) -> None:
        """Move the time forward."""
        self.at += seconds

    async def sleep(self, seconds: float) -> None:
        """Be the `sleep` that is handed to code under test; what was asked is kept in `sleeps`."""
        self.sleeps.append(seconds)
        self.turn(seconds)
