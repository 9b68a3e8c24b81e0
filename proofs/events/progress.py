"""How far a long proof is: a line with a bar and the time that is left."""

import sys
import time
from dataclasses import dataclass, field

WIDTH = 24
QUIET_SECONDS = 15.0
"""Where nobody watches, a line is written so seldom."""


@dataclass
class Progress:
    """Tell how many of `total` are done; on a terminal the line runs."""

    what: str
    total: int
    began: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def show(self, done: int) -> None:
        """Say it, if it is time to."""
        now = time.monotonic()
        runs = sys.stderr.isatty()
        if now - self._told < (0.2 if runs else QUIET_SECONDS) and done < self.total:
            return
        self._told = now
        text = line(self.what, done, self.total, now - self.began)
        sys.stderr.write(f"\r{text}\x1b[K" if runs else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty():
            sys.stderr.write("\n")


def line(what: str, done: int, total: int, seconds: float) -> str:
    """Write a bar, the share, and what is left at the pace so far."""
    share = min(1.0, done / total) if total else 1.0
    bar = "#" * round(share * WIDTH)
    left = f"{seconds / share * (1 - share):.0f} s left" if share > 0.02 else "…"
    return f"{what} [{bar:<{WIDTH}}] {done}/{total} {share:.0%} {seconds:.0f} s, {left}"
