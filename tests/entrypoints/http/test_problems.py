import json
from typing import Any

import pytest

from waypost.base.errors import (
    AccountNotReady,
    BudgetExhausted,
    KeyMissing,
    ManifestError,
    NotFound,
    ProviderGarbled,
    ProviderRefused,
    ProviderTimedOut,
    ReauthorizationNeeded,
    StorageUnavailable,
    Unauthenticated,
    WaypostError,
)
from waypost.entrypoints.http.problems import (
    envelope,
    phrase,
    problem,
    problem_headers,
    status_of,
    unexpected,
)


class MadeUpLater(NotFound):
    """Something that has no line of its own in the table."""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(), 404),
        (MadeUpLater(), 404),
        (ReauthorizationNeeded(), 401),
        (AccountNotReady(), 409),
        (BudgetExhausted(retry_after=1), 429),
        (ProviderTimedOut(deadline="total", seconds=3), 504),
        (ManifestError("x", where="f:1:1"), 500),
        (KeyMissing(), 503),
        (ProviderRefused(status=422), 422),
        (ProviderRefused(status=302), 502),
        (ProviderRefused(status=999), 502),
    ],
)
def test_status_comes_from_the_table_or_from_the_provider(error: WaypostError, status: int) -> None:
    assert status_of(error) == status
    assert problem(error).status == status


def test_envelope_says_what_happened_and_whose_it_is() -> None:
    assert envelope(NotFound("No account 7.", details={"account": "7"})) == {
        "statusCode": 404,
        "error": "Not Found",
        "message": "No account 7.",
        "code": "caller.not_found",
        "details": {"account": "7"},
    }


def test_refusal_carries_the_providers_own_words() -> None:
    refused = ProviderRefused("no", status=422, body={"message": "no"}, insight={"hint": "x"})
    body = envelope(refused)
    assert body["truto_is_remote_error"] is True
    assert body["raw_response"] == {"message": "no"}
    assert body["truto_error_insight"] == {"hint": "x"}


@pytest.mark.parametrize(
    ("error", "remote", "raw"),
    [
        (ReauthorizationNeeded(), True, False),
        (ProviderGarbled(status=200, body="<html>"), False, True),
        (NotFound(), False, False),
    ],
)
def test_remote_marks_only_where_they_are_true(error: Any, remote: bool, raw: bool) -> None:
    body = envelope(error)
    assert ("truto_is_remote_error" in body) is remote
    assert ("raw_response" in body) is raw


@pytest.mark.parametrize(
    ("seconds", "header"), [(0.0, b"1"), (0.2, b"1"), (2.0, b"2"), (2.1, b"3")]
)
def test_retry_after_is_whole_seconds_and_never_early(seconds: float, header: bytes) -> None:
    assert dict(problem_headers(BudgetExhausted(retry_after=seconds)))[b"retry-after"] == header


def test_budget_says_what_is_left() -> None:
    error = BudgetExhausted(retry_after=3)
    error.standing = {"limit": 10, "remaining": 0, "reset": 3}
    headers = dict(problem_headers(error))
    assert headers[b"ratelimit-limit"] == b"10"
    assert headers[b"ratelimit-remaining"] == b"0"


def test_who_meets_no_database_is_told_to_come_back() -> None:
    answer = problem(StorageUnavailable())
    assert (answer.status, dict(answer.headers)[b"retry-after"]) == (503, b"5")


def test_who_answers_is_in_a_header() -> None:
    assert dict(problem_headers(NotFound()))[b"waypost-origin"] == b"platform"
    refused = problem_headers(ProviderRefused(status=500, headers=(("x-request-id", "7"),)))
    assert dict(refused)[b"waypost-origin"] == b"provider"
    assert (b"x-request-id", b"7") in refused
    assert (b"www-authenticate", b"Bearer") in problem_headers(Unauthenticated())


def test_a_fault_of_ours_tells_its_request_id_and_nothing_else() -> None:
    answer = unexpected("r-7")
    assert answer.status == 500
    body = json.loads(answer.body)
    assert set(body) == {"statusCode", "error", "message", "code"}
    assert "r-7" in body["message"]


def test_unknown_statuses_have_a_phrase_too() -> None:
    assert (phrase(404), phrase(599)) == ("Not Found", "Error")


def test_a_providers_own_limits_are_left_as_they_are() -> None:
    error = ProviderRefused("no", status=429, body=None, headers=(("ratelimit-limit", "7"),))
    error.standing = {"limit": 10, "remaining": 0, "reset": 3}
    told = [value for name, value in problem_headers(error) if name == b"ratelimit-limit"]
    assert told == [b"7"]
