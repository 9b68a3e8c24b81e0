"""What a caller or a provider can get wrong: each has a clear error in the envelope and a record."""

import gzip
import time

import pytest
from tests.support.raw_provider import Exchange, answering, in_turn, writing
from tests.support.world import ACME_KEY, AcmeWorld, make_environment


def refused(answer, status: int, said: str) -> None:
    body = answer.json()
    assert answer.status_code == body["statusCode"] == status, answer.text
    assert said in body["message"], body["message"]
    assert body["error"]
    assert body["code"]
    assert answer.headers["content-type"] == "application/json"
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a": 1', "not valid JSON: unexpected end of data at line 1, column 8"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a": "\xff"}', "not valid UTF-8"),
        (b"[" * 5000, "nested too deeply"),
        (b'{"a": "\\ud800"}', "not valid JSON"),
        (b"<xml/>", "not valid JSON"),
    ],
)
def test_body_that_is_no_json(acme: AcmeWorld, content: bytes, said: str) -> None:
    refused(acme.post("/proxy/people", content=content), 400, said)
    assert not acme.provider.received


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit is a whole number from 1 to 5000"),
        ("limit=many", "limit is a whole number"),
        ("limit=" + "9" * 5000, "limit is a whole number"),
        ("limit=1&limit=2", "limit is a whole number"),
        ("next_cursor[a]=1", "next_cursor is given once"),
        ("truto_ignore_limit=maybe", "truto_ignore_limit is true or false"),
        ("remote_query=1", "remote_query is an object"),
        ("a=%ff", "not valid UTF-8"),
        ("a=1&a[b]=2", "both a value and an object"),
        ("&".join(f"a{n}=1" for n in range(1100)), "more than 1000 parameters"),
    ],
)
def test_query_that_makes_no_sense(acme: AcmeWorld, query: str, said: str) -> None:
    refused(acme.get(f"/proxy/guests?{query}"), 400, said)
    assert not acme.provider.received


def test_switch_of_a_body_that_makes_no_sense(acme: AcmeWorld) -> None:
    answer = acme.post("/proxy/people?truto_body_passthrough=maybe", json={})
    refused(answer, 400, "truto_body_passthrough is true or false")


def test_no_account_named(acme: AcmeWorld) -> None:
    refused(acme.environment.get("/proxy/guests"), 400, "integrated_account_id is missing")


def test_another_environments_account(acme: AcmeWorld) -> None:
    stranger = make_environment(acme.environment.served, acme.environment.http)
    refused(stranger.get(acme.path("/proxy/guests")), 404, "account")
    refused(stranger.get(f"/passthrough/{acme.account}/x"), 404, "account")
    refused(stranger.get(acme.path("/custom/x")), 404, "account")
    refused(stranger.get(acme.path("/unified/user-directory/users")), 404, "account")
    assert not acme.provider.received


@pytest.mark.parametrize(
    "header", [{}, {"authorization": "Basic x"}, {"authorization": "Bearer x"}]
)
def test_no_token_or_a_wrong_one(acme: AcmeWorld, header: dict[str, str]) -> None:
    answer = acme.environment.http.get(
        acme.environment.url + acme.path("/proxy/guests"), headers=header
    )
    refused(answer, 401, "token")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["waypost-origin"] == "platform"


def test_unknown_names_suggest_the_nearest(acme: AcmeWorld) -> None:
    answer = acme.get("/proxy/guest")
    refused(answer, 404, "did you mean 'guests'?")
    assert "people" in answer.json()["details"]["resources"]
    refused(acme.post("/proxy/people/waves", json={}), 404, "did you mean 'wave'?")
    assert [record["status"] for record in acme.environment.records()] == [404, 404]


def test_missing_id(acme: AcmeWorld) -> None:
    refused(acme.request("PATCH", "/proxy/people", json={}), 400, "id")


def test_body_past_the_limit(small: AcmeWorld) -> None:
    answer = small.post("/proxy/people", content=b" " * 1_000_001)
    refused(answer, 413, "1000000 bytes")


def too_long(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    for _ in range(1600):  # 100 MB, were it read
        exchange.send(b"1," * 32768)


BOMB = gzip.compress(b"[" + b"0," * 5_000_000 + b"0]")
TROUBLE = {
    "dropped": (lambda exchange: exchange.close(), 502, "without answering"),
    "dropped inside": (
        writing(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", close=True),
        502,
        "broke off",
    ),
    "no http": (writing(b"220 smtp\r\n\r\n", close=True), 502, "not valid HTTP"),
    "slow": (lambda exchange: time.sleep(0.5), 504, "first_byte deadline of 0.3 s"),
    "silent": (
        lambda exchange: (
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
            exchange.caller_left(),
        ),
        504,
        "idle deadline of 0.3 s",
    ),
    "html": (
        answering(200, b"<html>hi</html>", Content_Type="text/html"),
        502,
        "a web page where JSON was due",
    ),
    "garbage": (
        answering(200, b"{", Content_Type="application/json"),
        502,
        "something else where JSON was due",
    ),
    "bomb": (
        answering(200, BOMB, Content_Encoding="gzip"),
        502,
        "larger than 1000000 bytes once decompressed",
    ),
    "broken gzip": (answering(200, b"\x1f\x8bxx", Content_Encoding="gzip"), 502, "broken"),
    "brotli": (answering(200, b"x", Content_Encoding="br"), 502, "cannot read"),
    "endless": (too_long, 502, "larger than 1000000 bytes"),
    "lying": (writing(b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n{}"), 502, "not valid HTTP"),
    "no list": (answering(200, {"data": 7}), 502, "no list at data"),
    "nothing there": (answering(200, {"date": []}), 502, "nothing at data"),
}
SURFACES = ("/proxy/guests", "/unified/user-directory/groups", "/custom/guests")
BY_MANIFEST = {"html", "no list", "nothing there"}
"""What only those surfaces can see that know what to expect of a path."""


@pytest.mark.parametrize(
    ("surface", "trouble"),
    [
        (surface, trouble)
        for surface in SURFACES
        for trouble in TROUBLE
        if not (surface.startswith("/custom") and trouble in BY_MANIFEST)
    ],
)
def test_provider_in_trouble(small: AcmeWorld, surface: str, trouble: str) -> None:
    behaviour, status, said = TROUBLE[trouble]
    small.provider.behave(behaviour)
    answer = small.get(surface, headers={"prefer": "wait=0"})
    refused(answer, status, said)
    assert answer.headers["waypost-origin"] == "platform"
    assert ACME_KEY not in answer.text
    assert small.busy == 0
    records = small.environment.records()
    assert [record["status"] for record in records] == [status]
    assert records[0]["error_code"].startswith("provider.")


def test_provider_that_is_down(small: AcmeWorld) -> None:
    small.provider.behave(lambda exchange: exchange.close())
    answer = small.post("/proxy/letters", json={"to": "ada"})
    refused(answer, 502, "without answering")
    assert len(small.provider.received) == 1, "a letter is never sent twice by guess"


def test_get_is_repeated_and_the_wait_bounded(small: AcmeWorld) -> None:
    small.provider.behave(in_turn(answering(503), answering(200, {"data": [{"id": 1}]})))
    answer = small.get("/proxy/guests", headers={"prefer": "wait=5"})
    assert answer.json()["result"] == [{"id": 1}]
    assert small.environment.records()[0]["attempts"] == 2


@pytest.mark.parametrize(("prefer", "calls"), [("wait=0", 1), ("wait=3", 2)])
def test_callers_own_patience_with_a_429(acme: AcmeWorld, prefer: str, calls: int) -> None:
    slow = answering(429, {"message": "slow"}, Retry_After="1")
    acme.provider.behave(in_turn(slow, answering(200, [])))
    acme.post("/proxy/people", json={}, headers={"prefer": prefer})
    assert len(acme.provider.received) == calls


def test_budget_that_is_used_up(acme: AcmeWorld) -> None:
    calm = {"prefer": "wait=0"}
    for _ in range(2):
        assert acme.get("/proxy/counters", headers=calm).status_code == 200
    answer = acme.get("/proxy/counters", headers=calm)
    refused(answer, 429, "rate limit for this account is used up")
    assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert answer.headers["ratelimit-limit"] == "2"
    assert answer.headers["ratelimit-remaining"] == "0"
    assert int(answer.headers["ratelimit-reset"]) <= 61
    assert len(acme.provider.received) == 2
    assert acme.environment.records()[0]["status"] == 429
    # Shared by the surfaces.
    assert acme.get("/custom/counters", headers=calm).status_code == 429


CROWDED = b"[" + b"[]," * 10_000_000 + b"[]]"


@pytest.mark.parametrize("path", ["/proxy/people", "/custom/x", "/unified/user-directory/users"])
def test_a_body_of_too_many_values_is_refused_unparsed(acme: AcmeWorld, path: str) -> None:
    began = time.monotonic()
    refused(acme.post(path, content=CROWDED), 413, "holds more than 1000000 values")
    assert time.monotonic() - began < 5
    assert not acme.provider.received


@pytest.mark.parametrize(
    "path", ["/proxy/people/1", "/custom/x", "/unified/user-directory/users/1"]
)
@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_of_too_many_values_is_not_parsed(
    acme: AcmeWorld, path: str, status: int
) -> None:
    acme.provider.behave(answering(status, CROWDED, Content_Type="application/json"))
    began = time.monotonic()
    answer = acme.get(path)
    assert time.monotonic() - began < 5
    assert len(answer.content) < 10_000
    if status == 200:
        refused(answer, 502, "holds more than 1000000 values")
    else:
        assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/proxy/people", "/custom/x"])
def test_an_attachment_of_25_megabytes_passes(acme: AcmeWorld, path: str) -> None:
    content = b'{"attachments":[{"content":"' + b"QUJ1" * 8_400_000 + b'"}]}'
    arrived = []

    def behave(exchange: Exchange) -> None:
        left = int(exchange.header("content-length") or 0)
        arrived.append(left)
        while left:
            left -= len(exchange.receive(min(left, 1 << 20)))
        exchange.answer(200, {"data": {"id": 1}})

    acme.provider.behave(behave)
    began = time.monotonic()
    assert acme.post(path, content=content).status_code == 200
    assert time.monotonic() - began < 5
    assert arrived == [len(content)]


def test_a_body_past_40_mebibytes_is_refused(acme: AcmeWorld) -> None:
    refused(acme.post("/custom/x", content=b'"' + b"x" * 42_000_000 + b'"'), 413, "41943040 bytes")
