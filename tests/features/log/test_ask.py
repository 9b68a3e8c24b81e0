"""What may be asked of the log, and how a row looks."""

from typing import Any

import pytest

from waypost.base.errors import InvalidRequest
from waypost.base.page import CursorSeal
from waypost.engine.query import parse_query
from waypost.features.log.ask import FILTERS, IGNORED, MOST, LogAsk, entry, read_log_ask
from waypost.kernel.environments import Caller
from waypost.kernel.wire import Asked, read_list

SEAL = CursorSeal(b"k" * 32)


def ask(raw: str) -> LogAsk:
    asked = Asked(Caller("api_token", "e1"), parse_query(raw))
    wanted = read_list(asked, SEAL, "log", FILTERS, ignored=IGNORED, limit=MOST)
    return read_log_ask("e1", asked.query, wanted)


def test_the_usual_question() -> None:
    query = ask("").query
    assert query is not None
    assert (query.environment_id, query.limit) == ("e1", 101)
    assert (query.since, query.until, query.equals, query.before) == (None, None, (), None)


@pytest.mark.parametrize(
    ("raw", "equals"),
    [
        ("log_type_filter[resource]=users", ("resource", "users")),
        ("log_type_filter[request_type]=proxy", ("surface", "proxy")),
        ("log_type_filter[http_status_code]=404", ("status", 404)),
        ("log_type_filter[integrated_account_needs_reauth]=true", ("needs_reauth", True)),
        ("integrated_account_id=a1", ("account_id", "a1")),
        ("log_type_filter[integrated_account_id]=a1", ("account_id", "a1")),
    ],
)
def test_it_is_narrowed(raw: str, equals: tuple[str, Any]) -> None:
    query = ask(raw).query
    assert query is not None
    assert query.equals == (equals,)


def test_a_span_of_time() -> None:
    query = ask("created_at[gt]=1970-01-01&created_at[lt]=1970-01-02").query
    assert query is not None
    assert (query.since, query.until) == (0.0, 86400.0)
    only = ask("created_at[lt]=1970-01-02").query
    assert only is not None
    assert (only.since, only.until) == (None, 86400.0)


@pytest.mark.parametrize(
    "raw",
    [
        "log_type=webhook",
        "log_type=mcp",
        "log_type=rapid_bridge",
        "log_type=sync_job_cron_trigger",
        "environment_id=e2",
    ],
)
def test_what_is_not_kept_here(raw: str) -> None:
    assert ask(raw).query is None


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("log_type=webhooks", "did you mean 'webhook'"),
        ("created_at[gt]=1970-01-01", "needs created_at\\[lt\\]"),
        ("created_at[gt]=1970-01-01&created_at[lt]=1970-03-01", "one month"),
        ("created_at[gt]=1970-01-02&created_at[lt]=1970-01-01", "one month"),
        ("created_at=1970-01-01", "\\[gt\\] and \\[lt\\]"),
        ("integrated_account_id[in]=a,b", "one value"),
        ("log_type_filter=users", "log_type_filter\\[name\\]"),
        ("log_type_filter[resourse]=users", "did you mean 'resource'"),
        ("log_type_filter[http_status_code]=4xx", "number"),
        ("log_type_filter[http_status_code]=" + "9" * 5000, "number"),
        ("log_type_filter[resource][eq]=x", "one value"),
        ("log_type_filter[integrated_account_needs_reauth]=x", "true or false"),
        ("log_typ=webhook", "not known"),
    ],
)
def test_a_wrong_question(raw: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        ask(raw)


def test_a_row() -> None:
    row: dict[str, Any] = dict.fromkeys(
        ("id", "environment_id", "account_id", "tenant_id", "integration", "surface", "resource")
    )
    row |= dict.fromkeys(("method", "http_method", "http_url", "result_count", "error_code"))
    row |= {"at": 0.5, "status": 404, "duration_ms": 1.23456, "fetch_ms": 1.0, "attempts": 1}
    row |= {"needs_reauth": False, "notes": None, "message": "gone"}
    shown = entry(row)
    assert shown["timestamp"] == "1970-01-01T00:00:00.500Z"
    assert (shown["http_status_code"], shown["http_status_category"]) == (404, "4xx")
    assert (shown["duration"], shown["logs"], shown["message"]) == (1.235, [], "gone")
    unsent = entry({**row, "status": 0})
    assert (unsent["http_status_code"], unsent["http_status_category"]) == (None, None)
