"""Which status a page has, and which error programs get for the same outcome."""

import pytest

from waypost.base.errors import (
    Conflict,
    Forbidden,
    Gone,
    InvalidRequest,
    NotFound,
    OperatorError,
    ProviderError,
    Unauthenticated,
    Unprocessable,
    WaypostError,
)
from waypost.features.link.model import Who
from waypost.features.link.outcome import Outcome
from waypost.features.link.screens import error_of, status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(), 404),
        (Gone(), 410),
        (Unprocessable(), 422),
        (Conflict(), 409),
        (Forbidden(), 403),
        (InvalidRequest(), 400),
        (Unauthenticated(), 401),
        (ProviderError(), 502),
        (OperatorError(), 503),
        (WaypostError(), 500),
    ],
)
def test_status_of_a_page(error: WaypostError, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("you", Unprocessable),
        ("app", Unprocessable),
        ("provider", ProviderError),
        ("operator", OperatorError),
    ],
)
def test_an_outcome_as_an_error(who: Who, kind: type[WaypostError]) -> None:
    outcome = Outcome(
        "acme",
        "a1",
        error="No.",
        error_type="validation_error",
        who=who,
        advice="Do.",
        probes=({"label": "x"},),
    )
    error = error_of(outcome)
    assert type(error) is kind
    assert error is not None
    assert error.message == "No."
    assert error.details == {
        "error_type": "validation_error",
        "integration": "acme",
        "integrated_account_id": "a1",
        "is_truto": True,
        "who_must_act": who,
        "advice": "Do.",
        "probes": [{"label": "x"}],
    }


def test_a_success_is_no_error() -> None:
    assert error_of(Outcome("acme", "a1")) is None
