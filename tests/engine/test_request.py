"""From a call of a method to the URL, headers and body that leave."""

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.acme import acme, method

from waypost.base.errors import InvalidRequest
from waypost.engine.paging import PageRequest
from waypost.engine.request import CallInput, build_request, outline_of

BASE = "https://api.acme.test/v1"


def url(target: Any, *, base: str = BASE, paging: PageRequest | None = None, **call: Any) -> str:
    return build_request(acme(), target, base, CallInput(**call), paging=paging).url


URLS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"path": "/things"}, {}, "/things"),
    ({"path": "things"}, {}, "/things"),
    ({"path": ""}, {}, ""),
    ({"path": "/things/{{id}}"}, {"id": "a/b"}, "/things/a%2Fb"),
    ({"path": "/things/{{id}}"}, {"id": "../x"}, "/things/..%2Fx"),
    ({"path": "/things/{{id}}"}, {"id": "a?b#c%2F é"}, "/things/a%3Fb%23c%252F%20%C3%A9"),
    ({"path": "/things/{{id}}"}, {"id": "{{query.x}}"}, "/things/%7B%7Bquery.x%7D%7D"),
    ({"path": "/things/{{id}}:send"}, {"id": "1"}, "/things/1:send"),
    ({"path": "/d/{{query.d}}/e"}, {"query": {"d": "1", "e": "2"}}, "/d/1/e?e=2"),
    ({"path": "/d/{{query.f.d}}"}, {"query": {"f": {"d": "1", "e": "2"}}}, "/d/1?f%5Be%5D=2"),
    ({"path": "/d/{{query.d}}", "query": {"d": "9"}}, {}, "/d/9"),
    ({"path": "/d/{{query.d}}", "query": {"d": "9"}}, {"query": {"d": "1"}}, "/d/1"),
    ({"path": "/d/{{body.d}}", "verb": "POST"}, {"body": {"d": "1"}}, "/d/1"),
    ({"path": "/d/{{context.d?:us}}"}, {}, "/d/us"),
    ({"path": "/d?kind=x"}, {"query": {"e": "2"}}, "/d?kind=x&e=2"),
    ({"query": {"a": 1, "b": 2}}, {"query": {"b": "3"}}, "/things?a=1&b=3"),
    ({"query": {"a": "{{context.x}}"}}, {}, "/things"),
    ({"query": {"a": "{{context.x}}"}}, {"context": {"x": "1"}}, "/things?a=1"),
    ({"query": {"a": "{{query.x}}"}}, {"query": {"x": "{{id}}"}, "id": "no"}, "/things?a=%7B%7Bid%7D%7D&x=%7B%7Bid%7D%7D"),
    ({}, {"query": {"a": None, "b": "1"}}, "/things?b=1"),
    ({}, {"query": {"a": ["x", "y"]}}, "/things?a%5B%5D=x&a%5B%5D=y"),
    ({"query_array_format": "comma"}, {"query": {"a": ["x", "y"]}}, "/things?a=x,y"),
    ({}, {"query": {"truto_response_format": "raw", "truto_x": "1", "integrated_account_id": "i"}}, "/things"),
    ({}, {"query": {"limit": "5", "next_cursor": "c", "prev_cursor": ""}}, "/things"),
    ({}, {"query": {"a": "1", "remote_query": {"a": "2", "limit": "9", "f": {"x": "y"}}}}, "/things?a=2&limit=9&f%5Bx%5D=y"),
    ({"query_schema": {"properties": {"limit": {}}}}, {"query": {"limit": "5"}}, "/things?limit=5"),
    ({}, {"query": {"created_at": {"gt": "2024"}}}, "/things?created_at%5Bgt%5D=2024"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "call", "expected"), URLS)
def test_url(changes: dict[str, Any], call: dict[str, Any], expected: str) -> None:
    assert url(method(**changes), **call) == BASE + expected


def test_a_base_url_is_joined_exactly_once() -> None:
    assert url(method(path="/things"), base=BASE + "/") == BASE + "/things"


def test_paging_has_the_last_word() -> None:
    paging = PageRequest(query={"page": 2, "limit": 10}, headers=(("range", "items=0-9"),))
    target = method(query_schema={"properties": {"limit": {}}})
    query = {"limit": "3", "remote_query": {"page": "7"}}
    request = build_request(acme(), target, BASE, CallInput(query=query), paging=paging)
    assert request.url == BASE + "/things?page=2&limit=10"
    assert ("range", "items=0-9") in request.headers


@given(st.text(min_size=1, max_size=20))
def test_an_id_stays_in_its_segment(text: str) -> None:
    target = method(path="/things/{{id}}/parts")
    try:
        parts = urlsplit(url(target, id=text))
    except InvalidRequest:
        assert text in {".", ".."} or any("\ud800" <= c <= "\udfff" for c in text)
        return
    assert parts.netloc == "api.acme.test"
    assert not parts.query
    assert not parts.fragment
    segments = parts.path.split("/")
    assert [unquote(segment) for segment in segments] == ["", "v1", "things", text, "parts"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/things/{{id}}", {}),
        ("/{{query.a}}{{query.b}}/x", {"a": ".", "b": "."}),
        ("/x/{{query.a}}", {"a": "."}),
    ],
)
def test_dots_are_no_ids(path: str, query: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="not ids"):
        url(method(path=path), id="..", query=query)


def test_everything_missing_is_named() -> None:
    target = method(path="/d/{{query.domain_id}}/{{id}}/{{query.x}}")
    with pytest.raises(InvalidRequest) as caught:
        url(target, id="", query={"x": "1"})
    assert caught.value.details == {"missing": ["query.domain_id", "id"]}


def test_remote_query_is_an_object() -> None:
    with pytest.raises(InvalidRequest, match="remote_query"):
        url(method(), query={"remote_query": "x"})


def test_body_and_headers() -> None:
    target = method("POST", headers={"X-Version": "2"})
    call = CallInput(body={"a": 1}, headers=(("Authorization", "evil"), ("Idempotency-Key", "k")))
    request = build_request(acme(headers={"User-Agent": "waypost"}), target, BASE, call)
    assert request.method == "POST"
    assert request.body == b'{"a":1}'
    assert dict(request.headers) == {
        "accept": "application/json",
        "content-type": "application/json",
        "user-agent": "waypost",
        "x-version": "2",
        "idempotency-key": "k",
    }


def test_a_call_without_a_body_has_no_content_type() -> None:
    request = build_request(acme(), method("DELETE"), BASE, CallInput())
    assert request.body is None
    assert dict(request.headers) == {"accept": "application/json"}


def test_a_delete_may_carry_a_body() -> None:
    request = build_request(acme(), method("DELETE"), BASE, CallInput(body={"ids": ["1"]}))
    assert request.body == b'{"ids":["1"]}'


def test_headers_of_one_call_are_not_those_of_the_next() -> None:
    target = method(verb="POST", path="/things")

    def headers(**call: Any) -> dict[str, str]:
        return dict(build_request(acme(), target, BASE, CallInput(**call)).headers)

    bare = headers()
    assert headers(headers=(("x-own", "1"),)) == {**bare, "x-own": "1"}
    assert headers(body={"a": 1}) == {**bare, "content-type": "application/json"}
    assert headers(body=b"a", raw_body_type="text/csv")["content-type"] == "text/csv"
    assert headers() == bare


def test_a_header_with_a_placeholder_is_filled_for_every_call() -> None:
    target = method(path="/things", headers={"x-kind": "{{query.kind}}"})
    for kind in ("a", "b"):
        request = build_request(acme(), target, BASE, CallInput(query={"kind": kind}))
        assert dict(request.headers)["x-kind"] == kind


def test_a_method_shared_by_integrations_takes_the_headers_of_each() -> None:
    target = method(path="/things")
    for name in ("x-one", "x-two", "x-one"):
        owner = acme(headers={name: "1"})
        request = build_request(owner, target, BASE, CallInput())
        assert [each for each, _ in request.headers if each.startswith("x-")] == [name]


def test_what_a_method_has_in_common_is_read_once() -> None:
    owner, target = acme(), method(path="/things")
    assert outline_of(owner, target) is outline_of(owner, target)
    assert outline_of(owner, method(path="/things")) is not outline_of(owner, target)


def test_people_s_data_is_not_shown() -> None:
    call = CallInput(id="1", query={"email": "hidden"}, body="hidden", context={"x": "hidden"})
    assert "hidden" not in repr(call)
