"""What Truto's TypeScript SDK puts on the wire, sent byte for byte: its URL bugs, arrays and bodies.

The SDK is not in a package registry; these are the requests it makes, by its source (2.0.12), with
`baseUrl: "http://host/"`, the only spelling with which all of its methods work.
"""

import json
from typing import Any

import pytest
from tests.support.raw_provider import answering
from tests.support.world import AcmeWorld, Environment

HEADERS = {"Accept": "application/json", "User-Agent": "truto-ts-sdk/2.0.12"}
AS_TEXT = {**HEADERS, "Content-Type": "text/plain;charset=UTF-8"}
AS_JSON = {**HEADERS, "Content-Type": "application/json"}


def send(
    environment: Environment,
    verb: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] = HEADERS,
) -> tuple[int, Any]:
    raw = b"" if body is None else json.dumps(body).encode()
    answer = environment.raw(verb, target, headers, raw)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    "target",
    [
        "//environment",
        "//environment?next_cursor=",
        "///environment?next_cursor=&limit=1",
        "//integration?name%5B0%5D=acme&name%5B1%5D=other&next_cursor=",
        "//integrated-account?tenant_id%5Bin%5D=tenant-1%2Cother&next_cursor=",
    ],
)
def test_lists_behind_doubled_slashes(acme: AcmeWorld, target: str) -> None:
    status, page = send(acme.environment, "GET", target)
    assert status == 200, page
    assert len(page["result"]) == 1
    assert page["next_cursor"] is None


@pytest.mark.parametrize("marks", ["%5B0%5D", "%5B%5D", "[0]", "[]", ""])
def test_every_spelling_of_an_array(acme: AcmeWorld, marks: str) -> None:
    query = f"id{marks}={acme.account}&id{marks.replace('0', '1')}=nobody"
    status, page = send(acme.environment, "GET", f"//integrated-account?{query}")
    assert (status, len(page["result"])) == (200, 1)


def test_following_a_list(environment: Environment) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        target = f"//integration?limit=1&next_cursor={cursor}"
        _, page = send(environment, "GET", target)
        seen += [each["name"] for each in page["result"]]
        cursor = page["next_cursor"]
        assert page["result"]
    assert "acme" in seen


def test_bodies_sent_as_plain_text(acme: AcmeWorld) -> None:
    environment = acme.environment
    refreshed = send(
        environment,
        "POST",
        "/integrated-account/refresh-credentials",
        {"id": acme.account},
        AS_TEXT,
    )
    assert refreshed == (200, {"success": True, "refreshed": False})
    hook = {"target_url": "https://app.example", "event_types": ["integrated_account:active"]}
    status, made = send(environment, "POST", "//webhook", hook, AS_JSON)
    assert status == 201
    assert send(environment, "POST", "/webhook/test", {"id": made["id"]}, AS_TEXT)[0] == 200


def test_custom_calls_without_their_slash_and_with_a_text_body(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, {"ok": True}))
    target = f"/custom/people?integrated_account_id={acme.account}"
    status, answer = send(acme.environment, "POST", target, {"name": "Ada"}, AS_TEXT)
    assert (status, answer["result"]) == (200, {"ok": True})
    assert json.loads(acme.provider.last.body) == {"name": "Ada"}


@pytest.mark.parametrize("helper", [{"tenant_id": "t"}, {"integrated_account_id": None}])
def test_link_token_helpers_send_a_name_of_old(
    acme: AcmeWorld, helper: dict[str, str | None]
) -> None:
    body = {name: value or acme.account for name, value in helper.items()}
    body["unified_model_id"] = "user-directory"
    status, answer = send(acme.environment, "POST", "//link-token", body, AS_JSON)
    assert (status, bool(answer["link_token"])) == (200, True)


def test_tools_and_meta(acme: AcmeWorld) -> None:
    tools = f"//integrated-account/{acme.account}/tools?methods=list%2Cget"
    _, found = send(acme.environment, "GET", tools)
    assert {each["method"] for each in found["result"]} == {"list", "get"}
    meta = f"//unified/user-directory/users/meta/list?integrated_account_id={acme.account}"
    status, described = send(acme.environment, "GET", meta)
    assert (status, described["method"]) == (200, "list")


def test_an_id_with_a_slash_is_an_id(acme: AcmeWorld) -> None:
    environment = acme.environment
    acme.provider.behave(answering(200, {"data": {"id": 1}}))
    status, _ = send(
        environment, "GET", f"//proxy/people/a%2Fb?integrated_account_id={acme.account}"
    )
    assert status == 200
    assert acme.provider.last.target.split("?")[0].endswith("/people/a%2Fb")
    for target in (
        f"//integrated-account/{acme.account}%2Ftools",
        f"//integrated-account/{acme.account}%2ftools",
        "//integrated-account%2Fme",
        "//integration/a%2Fb",
    ):
        status, problem = send(environment, "GET", target)
        assert (status, problem["statusCode"]) == (404, 404)


def test_an_encoded_slash_opens_no_public_door(environment: Environment) -> None:
    for target in ("/docs%2F..%2Fintegration", "/static%2Fx", "/ping%2F..%2Flog"):
        assert environment.raw("GET", target, {"Authorization": "Bearer wrong"}).status == 401


@pytest.mark.parametrize(
    ("verb", "target"),
    [
        ("POST", "/datastore/x/test/get"),
        ("POST", "/sync-job-cron-trigger/x/schedule"),
        ("POST", "/daemon-job-cron-trigger/x/schedule"),
        ("POST", "/mcp/x"),
        ("POST", "/integrated-account-webhook/x"),
        ("POST", "/environment-integration-webhook/x"),
    ],
)
def test_what_is_not_built_is_no_crash(environment: Environment, verb: str, target: str) -> None:
    status, problem = send(environment, verb, target, {}, AS_TEXT)
    assert status in (404, 405)
    assert problem["statusCode"] == status
