"""How a send ended, decided from what the provider answered, or did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from waypost.base.errors import (
    AddressUnusable,
    ManifestError,
    ProviderError,
    ProviderTimedOut,
    ProviderUnreachable,
)
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.sending import Sending
from waypost.engine.placeholders import MISSING, look_up
from waypost.engine.retry import REFUSED_STATUSES
from waypost.engine.transport import Headers, header

State = Literal["pending", "accepted", "rejected", "suppressed", "ambiguous"]
STATES: tuple[State, ...] = ("pending", "accepted", "rejected", "suppressed", "ambiguous")
ENDED: tuple[State, ...] = ("accepted", "rejected", "suppressed")

NOT_SENT = "not_sent"
NOT_RECEIVED = "not_received"
REFUSED = "refused"
NO_ANSWER = "no_answer"
CUT_OFF = "cut_off"
SERVER_ERROR = "server_error"
RECONCILED = "reconciled"
HELD_BACK = "held_back"

# 408 may come after the provider has acted; every other 4xx is a refusal.
_UNCLEAR = frozenset({408})


@dataclass(frozen=True, slots=True)
class Outcome:
    """An end, or that nobody knows it (ambiguous); `reason` is a word for programs."""

    state: State
    reason: str | None = None
    status: int | None = None
    message_id: str | None = None

    @property
    def had_no_effect(self) -> bool:
        """Say whether it is certain that nothing was done, so that the same may be tried again."""
        return self.state == "rejected" and self.reason in (NOT_SENT, REFUSED, NOT_RECEIVED)


def outcome_of_answer(
    sending: Sending | None, status: int, headers: Headers, body: Any = None
) -> Outcome:
    """Decide by an answer; `body` is its parsed body, None when it has none or none was read."""
    if 200 <= status < 300:
        state: State = (
            "suppressed" if _is_suppressed(sending, status, headers, body) else "accepted"
        )
        reason = HELD_BACK if state == "suppressed" else None
        return Outcome(state, reason, status, message_id(sending, headers, body))
    if status in REFUSED_STATUSES or status == 401:
        return Outcome("rejected", REFUSED, status)
    if 300 <= status < 500 and status not in _UNCLEAR:
        return Outcome("rejected", None, status)
    return Outcome("ambiguous", SERVER_ERROR, status)


def outcome_of_failure(error: BaseException) -> Outcome:
    """Decide by what was raised while sending."""
    if isinstance(error, ProviderTimedOut):
        return _unanswered(certain=error.deadline == "connect")
    if isinstance(error, ProviderUnreachable | AddressUnusable):
        return _unanswered(certain=error.details.get("sent") is False)
    if isinstance(error, ProviderError):
        return Outcome("ambiguous", NO_ANSWER)
    return Outcome("ambiguous", CUT_OFF)


def _unanswered(*, certain: bool) -> Outcome:
    return Outcome("rejected", NOT_SENT) if certain else Outcome("ambiguous", NO_ANSWER)


def message_id(sending: Sending | None, headers: Headers, body: Any) -> str | None:
    """Return the id under which the provider knows what it accepted."""
    found: Any = None
    if sending is not None and sending.id_header is not None:
        found = header(headers, sending.id_header)
    if not found and sending is not None and sending.id_path is not None:
        found = look_up(body, sending.id_path)
    if found is MISSING or found is None or isinstance(found, Mapping | list):
        return None
    return str(found)[:256] or None


def _is_suppressed(sending: Sending | None, status: int, headers: Headers, body: Any) -> bool:
    if sending is None or sending.suppressed is None or body is None:
        return False
    scope = {"body": body, "headers": dict(headers), "status": status}
    try:
        return compile_expression(sending.suppressed).evaluate(scope) is True
    except ManifestError:
        return False
