"""The only source of time.

With `WAYPOST_TEST_CLOCK=<file>` every process reads its wall time from that file (Unix seconds as
text), so a test turns platform and sandbox together. Monotonic time is never turned: deadlines
on sockets are real.
"""

import time as _time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path


class Clock:
    """Tell the wall time in Unix seconds, and format it as the wire wants it."""

    def __init__(self, read: Callable[[], float] = _time.time) -> None:  # noqa: TID251
        self.now = read
        """Return Unix seconds."""

    def iso(self, at: float | None = None) -> str:
        """Return ISO-8601 UTC with milliseconds and `Z`, of `at` or of now."""
        return iso(self.now() if at is None else at)


def file_clock(path: Path) -> Clock:
    """Return a clock that reads Unix seconds from `path` at each call; an absent file means now."""

    def read() -> float:
        try:
            return float(path.read_text())
        except (FileNotFoundError, ValueError):
            return _time.time()  # noqa: TID251

    return Clock(read)


def iso(at: float) -> str:
    """Format Unix seconds as ISO-8601 UTC with milliseconds and `Z`."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


monotonic = _time.monotonic
"""Return a monotonic reading in seconds, for durations and socket deadlines."""
