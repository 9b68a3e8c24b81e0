"""When a delivery is tried again and when it is over, as functions of numbers."""

import math
from collections.abc import Sequence
from typing import Literal

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
WAITS: Sequence[float] = (
    5.0,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""Seconds between attempts: ten of them over a little more than three days."""
MOST_ATTEMPTS = len(WAITS) + 1
PAUSE_AFTER = 5 * DAY
"""An endpoint that took nothing for so long is paused."""
REST = MINUTE
"""How long a job leaves an endpoint alone that did not answer three times in a row."""
MOST_SILENCES = 3

Verdict = Literal["delivered", "again", "gone"]


def verdict(status: int | None) -> Verdict:
    """Return what an endpoint's answer means; None stands for no answer."""
    if status is not None and 200 <= status < 300:
        return "delivered"
    return "gone" if status == 410 else "again"


def wait_after(attempt: int, jitter: float) -> float | None:
    """Return the seconds to wait after failed attempt number `attempt`; None when it was the last.

    `jitter` is a number from 0 to 1; the wait lies between 80 and 120 percent of the plan.
    """
    if attempt >= MOST_ATTEMPTS:
        return None
    return WAITS[attempt - 1] * (0.8 + 0.4 * jitter)


def due_again(attempt: int, now: float, jitter: float) -> float | None:
    """Return when a delivery is due again after failed attempt number `attempt`; None for never.

    Rounded up to a second, or a minute where the wait is long: what is due together is one job.
    """
    wait = wait_after(attempt, jitter)
    if wait is None:
        return None
    grain = 1.0 if wait < MINUTE else MINUTE
    return math.ceil((now + wait) / grain) * grain
