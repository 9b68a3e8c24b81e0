"""The proxy over HTTP: native fields, one list envelope, cursors of ours."""

import json

import pytest
from tests.support.acme_people import paging, person
from tests.support.raw_provider import answering
from tests.support.world import ACME_KEY, AcmeWorld, World


def test_list_is_enveloped_and_paged_by_opaque_cursors(acme: AcmeWorld) -> None:
    acme.provider.behave(paging([person(n) for n in range(1, 6)]))
    seen, cursors = [], []
    cursor = ""
    while True:
        page = acme.get(f"/proxy/people?limit=2&next_cursor={cursor}").json()
        seen.append([record["id"] for record in page["result"]])
        assert page["result_count"] == len(page["result"])
        cursors.append(page)
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert seen == [[1, 2], [3, 4], [5]]
    assert cursors[0]["prev_cursor"] is None
    back = acme.get(f"/proxy/people?limit=2&prev_cursor={cursors[2]['prev_cursor']}").json()
    assert [record["id"] for record in back["result"]] == [3, 4]


def test_native_records_come_unchanged(acme: AcmeWorld) -> None:
    record = {"id": 2**70, "t": "é", "n": None, "f": 1.5, "deep": [{"a": []}]}
    acme.provider.behave(answering(200, {"data": [record], "more": False}))
    assert acme.get("/proxy/people").json()["result"] == [record]


@pytest.mark.parametrize(
    ("verb", "path", "body", "wanted"),
    [
        ("GET", "/proxy/people/a%2Fb?x=1", None, ("GET", "/v1/people/a%2Fb?x=1")),
        ("POST", "/proxy/people", {"name": "Ada"}, ("POST", "/v1/people")),
        ("PATCH", "/proxy/people/7", {"name": "Ada"}, ("PATCH", "/v1/people/7")),
        ("DELETE", "/proxy/people/7", None, ("DELETE", "/v1/people/7")),
        ("POST", "/proxy/people/wave?id=7", {}, ("POST", "/v1/people/7/wave")),
        ("GET", "/proxy/guests?a[]=1&a[]=2", None, ("GET", "/v1/guests?a%5B%5D=1&a%5B%5D=2")),
    ],
)
def test_methods_reach_their_path(acme: AcmeWorld, verb, path, body, wanted) -> None:
    acme.provider.behave(answering(200, {"data": []}))
    answer = acme.request(verb, path, **({} if body is None else {"json": body}))
    assert answer.status_code == 200, answer.text
    got = acme.provider.last
    assert (got.verb, got.target) == wanted
    assert got.header("authorization") == f"Bearer {ACME_KEY}"
    assert got.header("x-declared") == "by-manifest"
    assert (json.loads(got.body) if got.body else None) == body


def test_our_words_are_not_forwarded(acme: AcmeWorld) -> None:
    acme.get("/proxy/guests?truto_key_by=x&truto_exclude_fields=y&remote_query[limit]=9&z=1")
    assert acme.provider.last.target == "/v1/guests?z=1&limit=9"


def test_status_headers_and_emptiness_of_the_provider_are_kept(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(202, b"", X_Message_Id="m1", Set_Cookie="a=b", Server="acme"))
    answer = acme.post("/proxy/letters", json={"to": "ada"})
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["x-message-id"] == "m1"
    assert "set-cookie" not in answer.headers
    assert "server" not in answer.headers
    assert answer.headers["waypost-origin"] == "provider"


def test_files_go_both_ways_as_they_are(acme: AcmeWorld) -> None:
    blob = bytes(range(256))
    acme.provider.behave(answering(200, blob, Content_Type="image/x-odd"))
    answer = acme.get("/proxy/files/7")
    assert (answer.content, answer.headers["content-type"]) == (blob, "image/x-odd")
    acme.provider.behave(answering(200, {"id": 1}))
    sent = acme.post(
        "/proxy/files?truto_body_passthrough=true",
        content=blob,
        headers={"content-type": "image/x-odd"},
    )
    assert sent.status_code == 200
    assert acme.provider.last.body == blob
    assert acme.provider.last.header("content-type") == "image/x-odd"


CURL = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "application/json", "", "x/y", CURL])
def test_json_is_understood_whatever_its_label(acme: AcmeWorld, kind: str) -> None:
    answer = acme.post("/proxy/people", content=b'{"a": 1}', headers={"content-type": kind})
    assert answer.status_code == 200
    assert acme.provider.last.body == b'{"a":1}'
    assert acme.provider.last.header("content-type") == "application/json"


@pytest.mark.parametrize("spoil", [lambda c: c[:-2], lambda c: c[:-1] + "!", lambda c: "x" * 9000])
def test_altered_cursor_is_refused(acme: AcmeWorld, spoil) -> None:
    acme.provider.behave(paging([person(n) for n in range(5)]))
    cursor = acme.get("/proxy/people?limit=2").json()["next_cursor"]
    answer = acme.get(f"/proxy/people?limit=2&next_cursor={spoil(cursor)}")
    assert answer.status_code == 400
    assert answer.json()["message"] == "The cursor was altered or belongs to another request."


def test_cursor_belongs_to_its_account_query_and_surface(acme: AcmeWorld) -> None:
    acme.provider.behave(paging([person(n) for n in range(5)]))
    cursor = acme.get("/proxy/people?limit=2").json()["next_cursor"]
    other = acme.environment.link("acme", {"api_key": ACME_KEY})
    elsewhere = [
        f"/proxy/people?integrated_account_id={other}&limit=2&next_cursor={cursor}",
        acme.path(f"/proxy/people?limit=2&name=x&next_cursor={cursor}"),
        acme.path(f"/proxy/people?remote_query[a]=1&next_cursor={cursor}"),
        acme.path(f"/proxy/guests?next_cursor={cursor}"),
        acme.path(f"/unified/user-directory/users?next_cursor={cursor}"),
    ]
    assert {acme.environment.get(path).status_code for path in elsewhere} == {400}
    # Another size is another way through the same list.
    assert acme.get(f"/proxy/people?limit=3&next_cursor={cursor}").status_code == 200


def test_refusal_of_the_provider_is_kept_and_explained(acme: AcmeWorld) -> None:
    acme.provider.behave(
        answering(403, {"message": f"no, {ACME_KEY}"}, X_Trace="t1", Retry_After="3")
    )
    answer = acme.post("/proxy/letters", json={})
    body = answer.json()
    assert answer.status_code == body["statusCode"] == 403
    assert body["truto_is_remote_error"] is True
    assert body["raw_response"] == {"message": "no, [secret]"}
    forbidden = body["truto_error_insight"]["forbidden_error"]
    assert forbidden["value"] == {"missing_scopes": ["letters_write"]}
    assert answer.headers["x-trace"] == "t1"
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["waypost-origin"] == "provider"


def test_account_token_names_its_account(acme: AcmeWorld) -> None:
    token = acme.environment.account_token(acme.account)
    assert acme.environment.get("/proxy/guests", token=token).status_code == 200
    other = acme.environment.link("acme", {"api_key": ACME_KEY})
    path = f"/proxy/guests?integrated_account_id={other}"
    assert acme.environment.get(path, token=token).status_code == 404
    assert acme.environment.get("/link-token", token=token).status_code == 403


def test_sandbox_account_is_read_only(acme: AcmeWorld) -> None:
    account = acme.environment.link("acme", {"api_key": ACME_KEY}, is_sandbox=True)
    path = f"?integrated_account_id={account}"
    assert acme.environment.get(f"/proxy/guests{path}").status_code == 200
    assert acme.environment.post(f"/proxy/people{path}", json={}).status_code == 405


def test_record_tells_what_the_caller_saw(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, {"data": [person(1)], "more": False}))
    answer = acme.get("/proxy/people")
    record = acme.environment.records()[0]
    assert record["id"] == answer.headers["waypost-request-id"]
    assert (record["surface"], record["resource"], record["method"]) == ("proxy", "people", "list")
    assert (record["status"], record["attempts"], record["result_count"]) == (200, 1, 1)
    assert (record["bytes_in"], record["bytes_out"]) == (0, len(answer.content))
    acme.post("/proxy/people", content=b'{"a": 1}')
    assert acme.environment.records()[0]["bytes_in"] == 8


def test_a_provider_that_pages(world: World) -> None:
    world.sandbox.seed(domains=[{"name": f"shop{n}.test"} for n in range(12)])
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = world.get(f"/proxy/domains?limit=5&next_cursor={cursor}").json()
        assert len(page["result"]) <= 5
        names += [domain["name"] for domain in page["result"]]
        cursor = page["next_cursor"]
    assert sorted(names) == sorted(f"shop{n}.test" for n in range(12))
