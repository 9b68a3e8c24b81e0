"""The custom surface: any path of the provider, JSON in the envelope."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.raw_provider import answering
from tests.support.world import ACME_KEY, AcmeWorld, World

from waypost.features.custom.forward import outgoing_query

PART = st.text("abz09-._~%[]+", min_size=1, max_size=6)
PAIR = st.tuples(PART, st.text("abz09%=+/?", max_size=6)).map("=".join)
OURS = st.sampled_from(
    ["integrated_account_id=x", "truto_key_by=a", "truto_exclude_fields%5B%5D=b", "", "truto_x"]
)


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_every_verb_reaches_any_path(acme: AcmeWorld, verb: str) -> None:
    body = {} if verb in ("GET", "HEAD") else {"json": {"a": 1}}
    answer = acme.request(verb, "/custom/any/path%2Fhere?x=%20y", **body)
    assert answer.status_code == 200
    got = acme.provider.last
    assert (got.verb, got.target) == (verb, "/v1/any/path%2Fhere?x=%20y")
    assert got.header("authorization") == f"Bearer {ACME_KEY}"
    assert got.header("x-declared") == "by-manifest"
    assert got.body == (b'{"a":1}' if body else b"")


def test_json_is_enveloped_and_the_rest_is_not(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(201, {"id": 1}, X_Message_Id="m1"))
    answer = acme.get("/custom/x")
    assert answer.status_code == 201
    assert answer.json() == {"result": {"id": 1}, "next_cursor": None, "prev_cursor": None}
    assert answer.headers["x-message-id"] == "m1"
    acme.provider.behave(answering(200, b"\x00\x01", Content_Type="image/png"))
    answer = acme.get("/custom/x")
    assert (answer.content, answer.headers["content-type"]) == (b"\x00\x01", "image/png")
    acme.provider.behave(answering(202, b"", X_Message_Id="m2"))
    answer = acme.get("/custom/x")
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["x-message-id"] == "m2"


def test_method_config_is_ours(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, {"data": {"items": [1]}}))
    body = {"a": 1, "methodConfig": {"response_path": "data.items"}}
    answer = acme.post("/custom/x", json=body)
    assert answer.json()["result"] == [1]
    assert json.loads(acme.provider.last.body) == {"a": 1}
    body = {"methodConfig": {"response_path": "elsewhere"}}
    answer = acme.post("/custom/x", json=body)
    assert (answer.status_code, answer.json()["message"]) == (
        502,
        "The provider's answer has nothing at elsewhere.",
    )
    assert acme.provider.last.body == b""


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("x", "methodConfig is an object"),
        ({"base_url": "https://evil.test"}, "methodConfig may hold response_path; not base_url"),
        ({"response_path": 7}, "response_path is a text"),
    ],
)
def test_method_config_that_cannot_be(acme: AcmeWorld, config, said: str) -> None:
    answer = acme.post("/custom/x", json={"methodConfig": config})
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert not acme.provider.received
    assert acme.environment.records()[0]["status"] == 400


@pytest.mark.parametrize("path", ["..", "a/../b", "%2e%2e/x", "a/%2E", "x%2f..", "..%5Cx"])
def test_path_stays_inside_the_base_url(acme: AcmeWorld, path: str) -> None:
    url = acme.path(f"/custom/{path}")
    assert acme.environment.raw("GET", url).status == 400
    assert not acme.provider.received


def test_duplicate_slashes_of_published_clients(acme: AcmeWorld) -> None:
    assert acme.environment.raw("GET", acme.path("//custom//domains")).status == 200
    assert acme.provider.last.target == "/v1/domains"


def test_verb_that_is_none_of_ours(acme: AcmeWorld) -> None:
    answer = acme.request("OPTIONS", "/custom/x")
    assert answer.status_code == 405
    assert not acme.provider.received


def test_callers_headers_that_speak_about_content_go_along(acme: AcmeWorld) -> None:
    headers = {"accept": "text/csv", "accept-language": "de", "x-own": "1", "cookie": "a=b"}
    acme.get("/custom/x", headers=headers)
    got = acme.provider.last
    assert (got.header("accept"), got.header("accept-language")) == ("text/csv", "de")
    assert got.header("x-own") is None
    assert got.header("cookie") is None


def test_json_labelled_otherwise_leaves_as_json(acme: AcmeWorld) -> None:
    acme.post("/custom/x", content=b'{"a": 1}', headers={"content-type": "text/plain"})
    assert acme.provider.last.header("content-type") == "application/json"
    form = {"content-type": "application/x-www-form-urlencoded"}
    acme.post("/custom/x", content=b'{"a": 1}', headers=form)
    assert acme.provider.last.header("content-type") == "application/json"


def test_a_form_goes_to_the_provider_where_it_is_asked_for(acme: AcmeWorld) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    refused = acme.post("/custom/x", content=b"a=1", headers=form)
    assert (refused.status_code, acme.provider.received) == (400, [])
    acme.post("/custom/x?truto_body_passthrough=true", content=b"a=1", headers=form)
    assert acme.provider.last.header("content-type") == form["content-type"]
    assert acme.provider.last.body == b"a=1"


def test_refusal_of_the_provider_is_in_the_envelope(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(422, {"message": "wrong", "errors": {"to": ["missing"]}}))
    answer = acme.post("/custom/letters", json={})
    body = answer.json()
    assert (answer.status_code, body["statusCode"], body["message"]) == (422, 422, "wrong")
    assert body["truto_is_remote_error"] is True
    assert body["raw_response"]["errors"] == {"to": ["missing"]}


def test_known_paths_count_against_their_class_and_scope(acme: AcmeWorld) -> None:
    assert acme.get("/custom/counters").headers["ratelimit-limit"] == "2"
    acme.provider.behave(answering(403, {}))
    acme.post("/custom/letters", json={})
    assert acme.environment.account(acme.account)["last_forbidden_error"] | {
        "occurred_at": None
    } == {
        "resource": "letters",
        "method": "create",
        "missing_scopes": ["letters_write"],
        "occurred_at": None,
    }


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/custom/letters"),
        ("POST", "/custom/nothing/known"),
        ("POST", "/proxy/letters"),
        ("GET", "/proxy/people"),
        ("GET", "/unified/user-directory/users/1"),
        ("GET", "/unified/user-directory/users/1?truto_response_format=stream"),
    ],
)
def test_a_403_is_remembered_in_the_providers_words(acme: AcmeWorld, verb: str, path: str) -> None:
    said = {"message": "no", "missing": ["letters_admin", f"key {ACME_KEY}"]}
    acme.provider.behave(answering(403, said))
    assert acme.request(verb, path).status_code == 403
    noted = acme.environment.account(acme.account)["last_forbidden_error"]
    assert noted["missing_scopes"] == ["letters_admin", "key [secret]"]


def test_a_real_provider(world: World) -> None:
    world.sandbox.seed(domains=[{"name": "shop.test"}])
    result = world.get("/custom/domains?limit=10").json()["result"]
    assert [domain["name"] for domain in result["data"]] == ["shop.test"]


@pytest.mark.parametrize(
    ("given_query", "wanted"),
    [
        ("", ""),
        ("integrated_account_id=1", ""),
        ("a=1&integrated_account_id=1&b=%20+", "a=1&b=%20+"),
        ("truto_exclude_fields[]=a&truto%5Fkey_by=b&c", "c"),
        ("remote_query[x]=1&remote_query%5By%5D%5Bz%5D=2", "x=1&y[z]=2"),
        ("remote_query[limit]=3&limit=2&next_cursor=", "limit=3&limit=2&next_cursor="),
        ("a[b]=c&a[]=d&a=e&&f==", "a[b]=c&a[]=d&a=e&f=="),
    ],
)
def test_query_leaves_without_our_words(given_query: str, wanted: str) -> None:
    assert outgoing_query(given_query) == wanted


@given(st.lists(st.one_of(PAIR, OURS)))
def test_a_query_that_is_not_ours_leaves_as_it_was_written(parts: list[str]) -> None:
    ours = {"integrated_account_id=x", "truto_key_by=a", "truto_exclude_fields%5B%5D=b", "truto_x"}
    theirs = [part for part in parts if part and part not in ours]
    once = outgoing_query("&".join(parts))
    assert once == "&".join(theirs)
    assert outgoing_query(once) == once
