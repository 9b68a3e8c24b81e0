"""Which requests go straight, and how they look on both wires; the rest takes the usual way."""

import gc

import pytest
from tests.support.fast_world import FastWorld
from tests.support.raw_client import connect, read_answer, read_until
from tests.support.raw_provider import answering, writing
from tests.support.world import ACME_KEY

from waypost.adapters.fast_http.manners import CarefulProtocol
from waypost.adapters.fast_http.protocol import MOST_HEADS, Heads, KeptHead, careful
from waypost.base.asgi import Answer


def test_a_call_leaves_and_comes_back_byte_for_byte(fast: FastWorld) -> None:
    fast.provider.behave(
        writing(
            b"HTTP/1.1 202 Odd Reason\r\nContent-Type: text/plain;charset=ISO-8859-1\r\n"
            b"Set-Cookie: a=1\r\nX-One:  caf\xe9 \r\nSet-Cookie: b=2\r\nWaypost-Origin: forged\r\n"
            b"Connection: keep-alive, X-Nominated\r\nX-Nominated: gone\r\nKeep-Alive: timeout=5\r\n"
            b"Date: Mon, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 5\r\n\r\ncaf\xe9\x00"
        )
    )
    answer = fast.straight("GET", "/a%20b//c?x=1&y[]=%zz&", {"X-Own": "1", "Cookie": "a=b"})
    assert (answer.status, answer.body) == (202, b"caf\xe9\x00")
    ours = ("waypost-", "ratelimit-", "connection")
    assert [pair for pair in answer.pairs if not pair[0].startswith(ours)] == [
        ("content-type", "text/plain;charset=ISO-8859-1"),
        ("set-cookie", "a=1"),
        ("x-one", "caf\xe9"),
        ("set-cookie", "b=2"),
        ("date", "Mon, 01 Jan 2026 00:00:00 GMT"),
        ("content-length", "5"),
    ]
    assert answer.values("waypost-origin") == ["provider"]
    assert answer.header("ratelimit-limit") == "100000"
    got = fast.provider.last
    assert got.target == "/v1/a%20b//c?x=1&y[]=%zz&"
    assert got.headers == [
        ("Host", fast.provider.url.split("/")[2]),
        ("x-own", "1"),
        ("authorization", f"Bearer {ACME_KEY}"),
    ]


def test_the_record_tells_what_went_by(fast: FastWorld) -> None:
    fast.provider.behave(answering(200, b"12345"))
    answer = fast.straight("GET", "/people?api_key=abc")
    record = fast.environment.records()[0]
    assert record["id"] == answer.header("waypost-request-id")
    assert (record["surface"], record["http_method"]) == ("passthrough", "GET")
    assert (record["resource"], record["method"]) == ("people", "list")
    assert (record["status"], record["attempts"], record["bytes_out"]) == (200, 1, 5)
    assert record["account_id"] == fast.account
    assert record["duration_ms"] >= record["fetch_ms"] > 0
    assert "abc" not in record["http_url"]
    assert record["http_url"].startswith(f"{fast.provider.url}/people")


@pytest.mark.parametrize(
    ("verb", "headers", "body"),
    [
        ("POST", {"Content-Length": "2"}, b"{}"),
        ("GET", {"Content-Length": "2"}, b"{}"),
        ("GET", {"Transfer-Encoding": "chunked"}, b"0\r\n\r\n"),
        ("GET", {"Expect": "100-continue"}, b""),
        ("GET", {"Idempotency-Key": "k"}, b""),
        ("GET", {"Connection": "keep-alive, X-Hop", "X-Hop": "1"}, b""),
        ("GET", {"Upgrade": "h2c", "Connection": "Upgrade", "HTTP2-Settings": "x"}, b""),
        ("DELETE", {}, b""),
        ("OPTIONS", {}, b""),
    ],
)
def test_what_is_unusual_takes_the_usual_way(
    fast: FastWorld, verb: str, headers: dict[str, str], body: bytes
) -> None:
    fast.warm()
    with connect(fast.environment.url) as connection:
        connection.sendall(fast.request(verb, "/x", headers) + body)
        answered = read_until(connection, b'{"data": []}')
        assert b" 200 " in answered
    assert not fast.passed
    assert len(fast.provider.received) == 1


def test_who_may_not_pass_is_told_so_by_the_usual_way(fast: FastWorld) -> None:
    other = fast.environment.link("acme", {"api_key": ACME_KEY})
    token = fast.environment.account_token(other)
    fast.warm()
    for headers, path, status in (
        ({"Authorization": "Bearer unknown"}, "/x", 401),
        ({"Authorization": "Basic eDp5"}, "/x", 401),
        ({"Authorization": f"Bearer {token}"}, "/x", 404),
        ({}, "/../x", 400),
        ({}, "/%2e%2E/x", 400),
        ({}, "/a\\..\\x", 400),
    ):
        raw = fast.request("GET", path, {"Connection": "close", **headers})
        assert read_answer(fast.raw_bytes(raw)).status == status
    assert not fast.passed
    assert not fast.provider.received


def test_a_deleted_token_passes_no_more(fast: FastWorld) -> None:
    operator = fast.environment.served.operator_token
    page = fast.environment.request("GET", "/api-token", token=operator).json()["result"]
    mine = next(each for each in page if each["environment_id"] == fast.environment.id)
    assert fast.straight("GET", "/x").status == 200
    fast.environment.request("DELETE", f"/api-token/{mine['id']}", token=operator)
    raw = fast.request("GET", "/x", {"Connection": "close"})
    assert read_answer(fast.raw_bytes(raw)).status == 401


def test_a_budget_without_room_is_waited_for_the_usual_way(fast: FastWorld) -> None:
    impatient = {"Prefer": "wait=0"}
    # Of so small a class nothing is put by: where budgets are shared, each call has to ask.
    if not fast.environment.served.kernel.settings.redis_url:
        assert fast.straight("GET", "/counters", impatient).status == 200
    while fast.passthrough("GET", "/counters", impatient).status == 200:
        assert len(fast.provider.received) <= 2
    fast.warm()
    raw = fast.request("GET", "/counters", {"Connection": "close", "Prefer": "wait=0"})
    refused = read_answer(fast.raw_bytes(raw))
    assert (refused.status, refused.header("ratelimit-remaining")) == (429, "0")
    assert not fast.passed


def test_refused_credentials_are_settled_before_the_answer(fast: FastWorld) -> None:
    fast.provider.behave(answering(401, b"no"))
    answer = fast.straight("GET", "/x")
    assert (answer.status, answer.body) == (401, b"no")
    assert fast.environment.account(fast.account)["status"] == "needs_reauth"
    record = fast.environment.records()[0]
    assert (record["status"], record["needs_reauth"]) == (401, True)
    fast.provider.behave(answering(200, b"yes"))
    assert fast.straight("GET", "/x").status == 200
    assert fast.environment.account(fast.account)["status"] == "active"


def test_requests_in_one_packet_are_answered_in_turn(fast: FastWorld) -> None:
    fast.provider.behave(lambda exchange: exchange.answer(200, exchange.target.encode()))
    last = fast.request("GET", "/c", {"Connection": "close"})
    for _ in range(5):
        fast.warm()
        answered = fast.raw_bytes(fast.request("GET", "/a") + fast.request("GET", "/b") + last)
        if fast.passed:
            break
    assert fast.passed
    targets = [part.partition(b"\r\n\r\n")[2][:5] for part in answered.split(b"HTTP/1.1 200")[1:]]
    assert targets == [b"/v1/a", b"/v1/b", b"/v1/c"]


def test_a_connection_serves_both_ways_in_turn(fast: FastWorld) -> None:
    fast.warm()
    with connect(fast.environment.url) as connection:
        for verb in ("GET", "DELETE", "GET", "DELETE"):
            connection.sendall(fast.request(verb, "/x"))
            assert b" 200 " in read_until(connection, b'{"data": []}')
    assert len(fast.provider.received) == 4


def test_without_the_pool_the_protocol_is_only_careful() -> None:
    made = careful(lambda error, request_id: Answer(500), idle_seconds=1.0, last_seconds=0.0)
    assert issubclass(made, CarefulProtocol)
    assert not hasattr(made, "decide")


def test_what_is_said_again_word_for_word_is_served_again(fast: FastWorld) -> None:
    """The second time no parser is asked: first line and account may differ, the headers may not."""
    fast.provider.behave(lambda exchange: exchange.answer(200, exchange.target.encode()))
    for _ in range(5):
        fast.warm()
        with connect(fast.environment.url) as connection:
            for path in ("/a", "/b?x=1", "/c//d"):
                connection.sendall(fast.request("GET", path, {"X-Own": "1"}))
                assert b"/v1" + path.encode() in read_until(connection, path.encode())
        if len(fast.passed) == 3:
            break
    assert len(fast.passed) == 3
    assert [each.header("x-own") for each in fast.provider.received] == ["1", "1", "1"]


@pytest.mark.parametrize(
    "first",
    [
        b"GET /passthrough/%b/x HTTP/1.0",
        b"GET /passthrough/%b/x\x00 HTTP/1.1",
        b"GET /passthrough/%b/x\ty HTTP/1.1",
        b"GET /passthrough/%b/x\xff HTTP/1.1",
        b"GET /passthrough/%b/x HTTP/1.1\nX-Evil: 1",
        b"GET /passthrough/%b/../x HTTP/1.1",
        b"GET /passthrough/%b/x#y HTTP/1.1",
        b"GET /passthrough/nobody/x HTTP/1.1",
    ],
)
def test_a_known_head_makes_no_line_before_it_good(fast: FastWorld, first: bytes) -> None:
    good = fast.request("GET", "/x")
    rest = good.partition(b"\r\n")[2]
    for _ in range(2):
        fast.warm()
        with connect(fast.environment.url) as connection:
            connection.sendall(good)
            read_until(connection, b'{"data": []}')
    fast.passed.clear()
    line = first % fast.account.encode() if b"%b" in first else first
    with connect(fast.environment.url) as connection:
        connection.sendall(line + b"\r\n" + rest)
        answered = read_until(connection, b"\r\n\r\n")
    assert not fast.passed
    if b"HTTP/1.0" not in first and b"#" not in first:
        assert answered[9:12] in (b"400", b"404")


def test_heads_are_bounded() -> None:
    heads = Heads()
    for number in range(MOST_HEADS * 2):
        data = b"GET /passthrough/a/x HTTP/1.1\r\nHost: %d\r\n\r\n" % number
        heads.keep(data, KeptHead([], keep_alive=True))
    assert len(heads._known) <= MOST_HEADS
    for data in (
        b"GET /x HTTP/1.1\r\nX: " + b"x" * 5000 + b"\r\n\r\n",
        b"GET /x HTTP/1.1\r\nA: b\r\n\r\nGET /y HTTP/1.1\r\nA: b\r\n\r\n",
        b"GET /x HTTP/1.0\r\nA: b\r\n\r\n",
    ):
        heads.keep(data, KeptHead([], keep_alive=True))
        assert heads.find(data.partition(b"\r\n")[2]) is None


def test_a_caller_who_left_leaves_nothing_to_the_collector(fast: FastWorld) -> None:
    def held() -> int:
        return sum(isinstance(each, CarefulProtocol) for each in gc.get_objects())

    fast.provider.behave(answering(200, b"12345"))
    assert fast.straight("GET", "/people").status == 200
    gc.collect()
    gc.disable()
    try:
        before = held()
        for _ in range(10):  # the straight way, and the usual one before each
            assert fast.straight("GET", "/people").status == 200
        assert held() - before <= 2  # the last ones may be closing still
    finally:
        gc.enable()
