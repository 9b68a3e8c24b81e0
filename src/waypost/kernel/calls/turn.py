"""What a caller says about its place in the queue: lane, patience, and who it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from waypost.base.asgi import PlainRequest
from waypost.base.errors import InvalidRequest
from waypost.engine.limits import LANE_NAMES, Lane, lane_named

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,5})(?:$|[,;\s])", re.IGNORECASE)
DEFAULT_WAITS: Mapping[Lane, float] = {
    Lane.TRANSACTIONAL: 10.0,
    Lane.FLOW: 30.0,
    Lane.BULK: 60.0,
    Lane.SYNC: 120.0,
}


class Turn(Struct, frozen=True):
    """One call's wish: `lane` None for its class's own, `wait` (seconds) None for the lane's.

    Callers of one lane take turns by `who`.
    """

    lane: Lane | None = None
    wait: float | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each lane waits unless told, and how many calls may wait for one class."""

    waits: Mapping[Lane, float] = field(default_factory=lambda: DEFAULT_WAITS)
    most_waiting: int = 1000


USUAL_TURN = Turn()


def turn_of(request: PlainRequest) -> Turn:
    """Read `Prefer: wait=N` (RFC 7240) and `Waypost-Lane`; raises InvalidRequest for no lane."""
    caller = request.scope.get("waypost.caller")
    who = (caller.token_id or caller.account_id or "") if caller else ""
    wait = wait_seconds(request.header(b"prefer"))
    named = request.header(b"waypost-lane")
    if named is None:
        return Turn(None, wait, who)
    lane = lane_named(named)
    if lane is None:
        raise InvalidRequest(f"Waypost-Lane is one of {', '.join(LANE_NAMES)}.")
    return Turn(lane, wait, who)


def wait_seconds(prefer: str | None) -> float | None:
    """Return how long a caller will wait for its turn, None when it does not say."""
    found = _WAIT.search(prefer) if prefer else None
    return float(found.group(1)) if found else None
