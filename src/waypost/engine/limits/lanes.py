"""The lanes of a budget, first things first, and which of them are spread over a window."""

from enum import IntEnum


class Lane(IntEnum):
    """Whose turn it is: what is lower goes before what is higher.

    A transactional call may use a whole window at once. The other lanes are spread evenly over the
    window, so that a transactional call which comes later finds a place soon.
    """

    TRANSACTIONAL = 0
    FLOW = 1
    BULK = 2
    SYNC = 3


LANE_NAMES = tuple(lane.name.lower() for lane in Lane)
LANES = len(Lane)

Waiting = tuple[int, int, int, int]
"""How many of something, by lane."""
NONE_WAITING: Waiting = (0, 0, 0, 0)
ONE_WAITING: Waiting = (1, 0, 0, 0)


def lane_named(name: str) -> Lane | None:
    """Return the lane of a name, or None; letters of either case."""
    text = name.strip().lower()
    return Lane(LANE_NAMES.index(text)) if text in LANE_NAMES else None


def is_spread(lane: int) -> bool:
    """Say whether calls of a lane are spread over the window."""
    return lane != Lane.TRANSACTIONAL
