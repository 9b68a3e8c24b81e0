"""What is done about an error of a run: wait, try again, go on without it, or end. Decided purely."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waypost.base.errors import (
    AccountError,
    BudgetExhausted,
    Forbidden,
    ProviderDown,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
    ReauthorizationNeeded,
    Unprocessable,
    WaypostError,
)
from waypost.engine.retry import retry_after_seconds

PAUSES = (10.0, 60.0, 240.0, 900.0, 3600.0)
"""Seconds before each further try of what the provider may serve another time."""
_UNSAID = 60.0
_LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Wait:
    """A limit is used up: go on in so many seconds, where we are."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Again:
    """Try the same once more, in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Skip:
    """Tell of it and go on with what comes after."""


@dataclass(frozen=True, slots=True)
class Fail:
    """End the run."""


Verdict = Wait | Again | Skip | Fail


def decide(error: WaypostError, *, tries: int, handling: str, now: float) -> Verdict:
    """Return what an error of a task means for its run; `tries` counts failures of this task."""
    if isinstance(error, BudgetExhausted | ProviderDown):
        return Wait(max(error.retry_after, _LEAST))
    if isinstance(error, ProviderRefused) and error.status == 429:
        said = dict(error.headers).get("retry-after")
        return Wait(max(retry_after_seconds(said, now) or _UNSAID, _LEAST))
    if _may_pass(error) and tries < len(PAUSES):
        return Again(PAUSES[tries])
    if _is_hopeless(error) or handling == "fail_fast":
        return Fail()
    return Skip()


def told(error: WaypostError) -> Mapping[str, Any]:
    """Return what a run says of an error."""
    shown: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error, ProviderRefused):
        shown |= {"status": error.status, "raw_response": error.body}
        if error.status == 401:
            shown["hint"] = ReauthorizationNeeded().message
    return shown


def _may_pass(error: WaypostError) -> bool:
    if isinstance(error, ProviderRefused):
        return error.status >= 500
    return isinstance(error, ProviderUnreachable | ProviderTimedOut)


def _is_hopeless(error: WaypostError) -> bool:
    """Say whether nothing else of the run would fare better."""
    if isinstance(error, ProviderRefused):
        return error.status == 401
    return isinstance(error, AccountError | Forbidden | Unprocessable)


__all__ = ["Again", "Fail", "Skip", "Verdict", "Wait", "decide", "told"]
