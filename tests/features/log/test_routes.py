"""The log over HTTP."""

import httpx
from tests.support.raw_provider import answering
from tests.support.served import Served
from tests.support.world import ACME_KEY, AcmeWorld, make_environment

FIELDS = {
    "timestamp",
    "service",
    "environment_id",
    "integrated_account_id",
    "tenant_id",
    "integration",
    "request_type",
    "resource",
    "method",
    "http_method",
    "http_url",
    "http_status_code",
    "http_status_category",
    "duration",
    "fetch_duration",
    "result_count",
    "integrated_account_needs_reauth",
    "logs",
    "message",
}


def test_a_call_is_in_the_log_at_once(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, {"data": [{"id": 1}], "more": False}))
    acme.get("/proxy/people?name=ada&token=planted-query-secret")
    (entry,) = acme.environment.get("/log?log_type=unified_proxy_api").json()["result"]
    assert set(entry) >= FIELDS
    assert entry["environment_id"] == acme.environment.id
    assert entry["integrated_account_id"] == acme.account
    assert (entry["integration"], entry["request_type"]) == ("acme", "proxy")
    assert (entry["resource"], entry["method"], entry["http_method"]) == ("people", "list", "GET")
    assert (entry["http_status_code"], entry["result_count"]) == (200, 1)
    assert "name=ada" in entry["http_url"]
    whole = acme.environment.get("/log").text
    assert "planted" not in whole
    assert ACME_KEY not in whole


def test_newest_first_in_pages(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, {"data": {}}))
    for n in range(5):
        acme.get(f"/proxy/people/{n}")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = acme.environment.get(f"/log?limit=2&next_cursor={cursor}").json()
        assert page["limit"] == 2
        seen += [each["http_url"].rpartition("/")[2] for each in page["result"]]
        cursor = page["next_cursor"]
    assert seen == ["4", "3", "2", "1", "0"]


def test_it_is_narrowed(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(404, {"message": "no such person"}))
    acme.get("/proxy/people/1")
    acme.get("/unified/user-directory/users/1")

    def count(query: str) -> int:
        answer = acme.environment.get(f"/log?{query}")
        assert answer.status_code == 200, answer.text
        return len(answer.json()["result"])

    assert count("log_type_filter[http_status_code]=404") == 2
    assert count("log_type_filter[request_type]=unified") == 1
    assert count(f"integrated_account_id={acme.account}") == 2
    assert count("integrated_account_id=other") == 0
    assert count("log_type=webhook") == 0
    assert count("created_at[lt]=2000-01-01") == 0
    assert count("limit=500") == 2


def test_another_environment_sees_nothing(
    acme: AcmeWorld, platform: Served, http: httpx.Client
) -> None:
    acme.get("/proxy/people")
    other = make_environment(platform, http, "Other")
    assert other.get("/log").json()["result"] == []
    theirs = f"/log?integrated_account_id={acme.account}&environment_id={acme.environment.id}"
    assert other.get(theirs).json()["result"] == []


def test_a_wrong_question(acme: AcmeWorld) -> None:
    answer = acme.environment.get("/log?log_type=everything")
    assert answer.status_code == 400
    assert answer.json()["error"] == "Bad Request"
