"""What an error means for a run, as one table."""

import pytest

from waypost.base.errors import (
    AccountNotReady,
    BudgetExhausted,
    InvalidRequest,
    ManifestError,
    NotFound,
    ProviderGarbled,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
    ReauthorizationNeeded,
    Unprocessable,
    WaypostError,
)
from waypost.features.syncs.runs.mishaps import (
    PAUSES,
    Again,
    Fail,
    Skip,
    Verdict,
    Wait,
    decide,
    told,
)


def refusal(status: int, *headers: tuple[str, str]) -> ProviderRefused:
    return ProviderRefused("no", status=status, headers=headers, body={"a": 1})


@pytest.mark.parametrize(
    ("error", "tries", "handling", "verdict"),
    [
        (BudgetExhausted(retry_after=40_000.0), 0, "fail_fast", Wait(40_000.0)),
        (BudgetExhausted(retry_after=0.0), 9, "ignore", Wait(1.0)),
        (refusal(429), 0, "fail_fast", Wait(60.0)),
        (refusal(429, ("retry-after", "7")), 99, "fail_fast", Wait(7.0)),
        (refusal(503), 0, "fail_fast", Again(PAUSES[0])),
        (refusal(500), 4, "ignore", Again(PAUSES[4])),
        (refusal(500), 5, "fail_fast", Fail()),
        (refusal(500), 5, "ignore", Skip()),
        (ProviderUnreachable(), 1, "fail_fast", Again(PAUSES[1])),
        (ProviderTimedOut(deadline="total", seconds=1), 5, "batch", Skip()),
        (refusal(404), 0, "fail_fast", Fail()),
        (refusal(404), 0, "ignore", Skip()),
        (refusal(422), 0, "batch", Skip()),
        (refusal(401), 0, "ignore", Fail()),
        (ReauthorizationNeeded(), 0, "ignore", Fail()),
        (AccountNotReady(), 0, "batch", Fail()),
        (Unprocessable(), 0, "ignore", Fail()),
        (ProviderGarbled("It repeats itself."), 0, "fail_fast", Fail()),
        (ProviderGarbled("It repeats itself."), 0, "ignore", Skip()),
        (ManifestError("x"), 0, "ignore", Skip()),
        (InvalidRequest("x"), 0, "fail_fast", Fail()),
        (NotFound("x"), 0, "ignore", Skip()),
    ],
)
def test_a_verdict(error: WaypostError, tries: int, handling: str, verdict: Verdict) -> None:
    assert decide(error, tries=tries, handling=handling, now=0.0) == verdict


def test_what_is_told() -> None:
    assert told(NotFound("gone")) == {"code": "caller.not_found", "message": "gone"}
    assert told(refusal(422)) == {
        "code": "provider.refused",
        "message": "no",
        "status": 422,
        "raw_response": {"a": 1},
    }
