"""How linking ends, for the SDK, for the app, and for the person on the page."""

from urllib.parse import parse_qs, urlsplit

import pytest

from waypost.features.link.outcome import (
    Outcome,
    describe,
    finished,
    message,
    return_url,
    said,
    shown,
)

SUCCESS = Outcome("acme", "a1")
REFUSED = Outcome(
    "acme",
    "a1",
    error="Acme did not accept these credentials.",
    error_type="validation_error",
    advice="Check.",
)
BROKEN = Outcome("acme", "a1", error="Sign-in was cancelled.", error_type="connection_error")


def test_success_is_exactly_what_the_sdk_resolves_with() -> None:
    assert message(SUCCESS) == {
        "result": "success",
        "integration": "acme",
        "integrated_account_id": "a1",
        "is_truto": True,
    }


def test_an_error_names_the_account_only_where_one_failed() -> None:
    assert message(REFUSED) == {
        "result": "error",
        "error": "Acme did not accept these credentials.",
        "error_type": "validation_error",
        "integration": "acme",
        "integrated_account_id": "a1",
        "is_truto": True,
    }
    assert "integrated_account_id" not in message(BROKEN)
    unknown = Outcome(error="This link is not known here.", error_type="invalid_token")
    assert "integration" not in message(unknown)


@pytest.mark.parametrize(
    ("redirect_uri", "outcome", "expected"),
    [
        (None, SUCCESS, None),
        (
            "https://app.example/done",
            SUCCESS,
            "https://app.example/done?result=success&integration=acme&integrated_account_id=a1",
        ),
        (
            "https://app.example/?a=1&result=spoof#x",
            SUCCESS,
            "https://app.example/?a=1&result=success&integration=acme&integrated_account_id=a1#x",
        ),
        ("https://app.example/", None, "https://app.example/?result=closed"),
    ],
)
def test_the_way_back(
    redirect_uri: str | None, outcome: Outcome | None, expected: str | None
) -> None:
    assert return_url(redirect_uri, outcome) == expected


def test_the_way_back_tells_the_error() -> None:
    query = parse_qs(urlsplit(return_url("https://app.example/", REFUSED) or "").query)
    assert query == {
        "result": ["error"],
        "integration": ["acme"],
        "integrated_account_id": ["a1"],
        "error_type": ["validation_error"],
        "error": ["Acme did not accept these credentials."],
    }


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        ({"outcome": "granted"}, "works"),
        ({"outcome": "granted", "shows": ["3 people"]}, ""),
        ({"outcome": "forbidden", "scope": "x_read"}, "x_read"),
        ({"outcome": "forbidden"}, "not allowed"),
        ({"outcome": "rejected"}, "not accepted"),
        ({"outcome": "busy"}, "not checked"),
        ({"outcome": "unavailable"}, "no usable answer"),
        ({"outcome": "failed", "message": "closed account"}, "closed account"),
    ],
)
def test_said(probe: dict[str, object], words: str) -> None:
    assert words in said(probe)
    assert shown(probe)["said"] == said(probe)


def test_described_to_the_person() -> None:
    granted, forbidden = {"outcome": "granted"}, {"outcome": "forbidden"}
    assert describe(SUCCESS, "Acme") == {"heading": "Acme is connected", "lead": "", "advice": ""}
    assert "Everything" in describe(Outcome("acme", "a1", probes=(granted,)), "Acme")["lead"]
    partly = Outcome("acme", "a1", probes=(granted, forbidden))
    assert "marked" in describe(partly, "Acme")["lead"]
    assert not partly.complete
    assert describe(REFUSED, "Acme") == {
        "heading": "Acme did not accept these credentials",
        "lead": "",
        "advice": "Check.",
    }
    long = Outcome(error="One thing. " * 20, error_type="validation_error")
    assert describe(long, "Acme")["heading"] == "Acme could not be connected"


def test_the_last_line_of_the_stream() -> None:
    line = finished(SUCCESS, "Acme", "https://app.example/")
    assert line["type"] == "finished"
    assert line["message"] == message(SUCCESS)
    assert line["who_must_act"] is None
    assert line["return_url"].startswith("https://app.example/?result=success")
    assert finished(REFUSED, "Acme", None)["who_must_act"] == "you"
