"""Where a test may kill this process while it sends: the whole list, and nothing unless one is armed."""

import os
import signal

AFTER_WRITTEN = "after_written"
BEFORE_DIAL = "before_dial"
AFTER_REQUEST_SENT = "after_request_sent"
AFTER_ANSWER_HEAD = "after_answer_head"
AFTER_ANSWER_BODY = "after_answer_body"
BEFORE_OUTCOME_COMMITTED = "before_outcome_committed"
AFTER_OUTCOME_COMMITTED = "after_outcome_committed"
DURING_RECONCILE = "during_reconcile"
BEFORE_RECONCILED = "before_reconciled"
AFTER_RECONCILED = "after_reconciled"

CRASH_POINTS = (
    AFTER_WRITTEN,
    BEFORE_DIAL,
    AFTER_REQUEST_SENT,
    AFTER_ANSWER_HEAD,
    AFTER_ANSWER_BODY,
    BEFORE_OUTCOME_COMMITTED,
    AFTER_OUTCOME_COMMITTED,
    DURING_RECONCILE,
    BEFORE_RECONCILED,
    AFTER_RECONCILED,
)
"""In the order in which a send passes them."""

_armed: list[str] = []


def arm(point: str | None) -> None:
    """Kill this process when it comes to `point`; None arms nothing. Raises ValueError."""
    if point is not None and point not in CRASH_POINTS:
        raise ValueError(f"there is no crash point {point!r}")
    _armed[:] = [] if point is None else [point]


def is_armed(point: str) -> bool:
    """Say whether a test waits for this point."""
    return bool(_armed) and _armed[0] == point


def reach(point: str) -> None:
    """Pass a point; the process ends here, as if by kill -9, when a test armed it."""
    if _armed and _armed[0] == point:
        os.kill(os.getpid(), signal.SIGKILL)
