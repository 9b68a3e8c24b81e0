"""The caller's side: framing, smuggling, slowness and size, by either way of speaking HTTP."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.raw_client import RawAnswer, connect, read_all, read_answer, read_until
from tests.support.raw_provider import Exchange
from tests.support.served import Served
from tests.support.world import AcmeWorld

from waypost.adapters.fast_http.manners import LONGEST_HEAD, MOST_HEADERS


@pytest.fixture(params=["fast", "plain"])
def either(request: pytest.FixtureRequest) -> AcmeWorld:
    """Give an account behind each of the two ways to speak HTTP."""
    found: AcmeWorld = request.getfixturevalue("fast" if request.param == "fast" else "acme")
    return found


def head_of(here: AcmeWorld, verb: str = "GET", version: str = "HTTP/1.1") -> bytes:
    token = here.environment.token
    line = f"{verb} /passthrough/{here.account}/x {version}\r\nHost: w\r\n"
    return f"{line}Authorization: Bearer {token}\r\n".encode()


def sent(here: AcmeWorld, raw: bytes) -> bytes:
    with connect(here.environment.url) as connection:
        connection.sendall(raw)
        return read_all(connection)


def refused(here: AcmeWorld, raw: bytes, status: int, code: str) -> RawAnswer:
    answer = read_answer(sent(here, raw))
    said = json.loads(answer.body)
    assert answer.status == status, said
    assert (said["statusCode"], said["code"]) == (status, code)
    assert answer.header("content-type") == "application/json"
    assert answer.header("waypost-origin") == "platform"
    assert answer.header("waypost-request-id")
    assert answer.header("connection") == "close"
    assert not here.provider.received
    return answer


SMUGGLED = {
    "length and coding": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding and length": b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "the same length twice": b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a list of lengths": b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": b"Content-Length: +3\r\n\r\nabc",
    "a negative length": b"Content-Length: -3\r\n\r\nabc",
    "a length in hex": b"Content-Length: 0x3\r\n\r\nabc",
    "a huge length": b"Content-Length: 99999999999999999999\r\n\r\nabc",
    "no coding of ours": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked, then not": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "bare line feeds": b"X-A: 1\nX-B: 2\n\n",
    "a bare line feed": b"X-A: 1\nX-B: 2\r\n\r\n",
    "a bare carriage return": b"X-A: 1\rX-B: 2\r\n\r\n",
    "a NUL": b"X-A: a\0b\r\n\r\n",
    "a folded line": b"X-A: a\r\n b\r\n\r\n",
    "a space before the colon": b"X-A : a\r\n\r\n",
    "a space before the first name": b" X-A: a\r\n\r\n",
    "a name of none": b": a\r\n\r\n",
    "a name with a space": b"X A: a\r\n\r\n",
    "a chunk's size that is none": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "a chunk's size with a sign": b"Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
    "a chunk that does not end": b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "chunks by line feeds": b"Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n",
    "two hosts": b"Host: other\r\n\r\n",
}


@pytest.mark.parametrize("what", SMUGGLED)
def test_two_ways_to_read_a_request_are_one_too_many(either: AcmeWorld, what: str) -> None:
    refused(either, head_of(either, "POST") + SMUGGLED[what], 400, "caller.invalid_request")


@pytest.mark.parametrize(
    "raw",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: w\r\n\r\n",
        b"GET / HTTP/3.1\r\nHost: w\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: w\r\n\r\n",
        b"GET /\xe9 HTTP/1.1\r\nHost: w\r\n\r\n",
        b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_request_is_refused_in_the_envelope(either: AcmeWorld, raw: bytes) -> None:
    refused(either, raw, 400, "caller.invalid_request")


def test_a_web_socket_is_refused(either: AcmeWorld) -> None:
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    raw = head_of(either) + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + key
    assert b"WebSocket" in refused(either, raw, 400, "caller.invalid_request").body


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_behind_an_upgrade_is_not_lost(
    either: AcmeWorld, chunked: bool, together: bool
) -> None:
    """What Java's own client sends first: the parser stops at the upgrade and drops the body."""
    frame = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 11"
    body = b'b\r\n{"to": "me"\r\n1\r\n}\r\n0\r\n\r\n' if chunked else b'{"to":"me"}'
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA\r\n"
    head = head_of(either, "POST") + upgrade + frame + b"\r\n\r\n"
    with connect(either.environment.url) as connection:
        if together:
            connection.sendall(head + body)
        else:
            connection.sendall(head[:80])
            time.sleep(0.02)
            connection.sendall(head[80:])
            time.sleep(0.02)
            connection.sendall(body[:5])
            time.sleep(0.02)
            connection.sendall(body[5:])
        assert b" 200 " in read_until(connection, b'{"data": []}')
        connection.sendall(head_of(either) + b"\r\n")
        assert b" 200 " in read_until(connection, b'{"data": []}')
    first, second = either.provider.received
    assert json.loads(first.body) == {"to": "me"}
    assert first.header("upgrade") is first.header("http2-settings") is None
    assert second.verb == "GET"


def test_headers_past_the_limits_are_refused(either: AcmeWorld) -> None:
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(MOST_HEADERS + 1))
    refused(either, head_of(either) + many + b"\r\n", 431, "caller.head_too_large")
    long = b"X-Long: " + b"x" * LONGEST_HEAD * 2 + b"\r\n\r\n"
    refused(either, head_of(either) + long, 431, "caller.head_too_large")
    endless = b"GET /" + b"x" * LONGEST_HEAD * 2
    refused(either, endless, 431, "caller.head_too_large")


def test_a_large_head_is_served(either: AcmeWorld) -> None:
    lines = b"".join(b"X-%d: %b\r\n" % (number, b"x" * 500) for number in range(100))
    raw = head_of(either) + lines + b"Connection: close\r\n\r\n"
    assert read_answer(sent(either, raw)).status == 200
    assert len(either.provider.last.headers) > 100


def test_a_caller_of_old_gets_no_chunks(either: AcmeWorld) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        time.sleep(0.1)
        exchange.send(b"2\r\nde\r\n0\r\n\r\n")

    either.provider.behave(behave)
    answer = read_answer(sent(either, head_of(either, version="HTTP/1.0") + b"\r\n"))
    assert (answer.status, answer.body) == (200, b"abcde")
    assert answer.header("transfer-encoding") is None
    assert answer.header("connection") == "close"


def test_a_caller_of_old_sees_that_an_answer_broke_off(either: AcmeWorld) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        time.sleep(0.1)
        exchange.close()

    either.provider.behave(behave)
    with connect(either.environment.url) as connection:
        connection.sendall(head_of(either, version="HTTP/1.0") + b"\r\n")
        read_until(connection, b"abc")
        with pytest.raises(ConnectionResetError):
            read_all(connection)


@pytest.mark.parametrize("good", [1, 3])
@pytest.mark.parametrize(
    ("bad", "status"),
    [(b"NONSENSE\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", 431)],
)
def test_a_good_request_before_a_bad_one_is_answered_and_the_bad_one_too(
    either: AcmeWorld, good: int, bad: bytes, status: int
) -> None:
    raw = sent(either, (head_of(either) + b"\r\n") * good + bad)
    first, *others = raw.split(b"HTTP/1.1 ")
    assert first == b""
    assert [int(each[:3]) for each in others] == [200] * good + [status]


def test_an_answer_under_way_is_not_cut_off_by_what_comes_behind_its_request(
    either: AcmeWorld,
) -> None:
    arrived, release = threading.Event(), threading.Event()
    served = either.environment.served
    protocol: Any = served.platform.application.protocol

    def behave(exchange: Exchange) -> None:
        arrived.set()
        assert release.wait(20)
        exchange.answer(200, b"late")

    async def grow_old(name: Any) -> None:
        (one,) = [each for each in protocol.sweep._watched if each.client == name]
        for _ in range(1000):
            if one._is_refused:
                break
            await asyncio.sleep(0.01)
        for _ in range(9):
            one.second(60)

    either.provider.behave(behave)
    with connect(either.environment.url) as connection:
        connection.sendall(head_of(either) + b"\r\n")
        assert arrived.wait(20)
        connection.sendall(b"NONSENSE\r\n\r\n")
        served.run(grow_old(connection.getsockname()))
        release.set()
        raw = read_all(connection)
    good, _, bad = raw.partition(b"late")
    assert (read_answer(good + b"late").status, read_answer(bad).status) == (200, 400)
    assert either.busy == 0


def test_a_body_that_turns_bad_is_refused(either: AcmeWorld) -> None:
    raw = head_of(either, "POST") + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    either.provider.behave(lambda exchange: exchange.caller_left())
    with connect(either.environment.url) as connection:
        connection.sendall(raw)
        time.sleep(0.1)
        connection.sendall(b"nonsense\r\n")
        assert read_answer(read_all(connection)).status == 400
    assert either.busy == 0


def test_expectations_are_met_once_the_body_is_wanted(either: AcmeWorld) -> None:
    with connect(either.environment.url) as connection:
        head = head_of(either, "POST") + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head)
        assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert b" 200 " in read_until(connection, b'{"data": []}')
    assert either.provider.last.body == b"abc"
    head = head.replace(either.account.encode(), b"nobody")
    with connect(either.environment.url) as connection:
        connection.sendall(head)
        assert b" 404 " in read_until(connection, b"\r\n\r\n"), "a body in vain is not asked for"


class _Wire:
    """A transport that remembers."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def close(self) -> None:
        self.ended.append("closed")

    def abort(self) -> None:
        self.ended.append("aborted")

    def is_closing(self) -> bool:
        return bool(self.ended)


def is_new(server: Any) -> bool:
    return True


def is_in_head(server: Any) -> bool:
    return bool(server.in_head)


def is_at_work(server: Any) -> bool:
    return server.cycle is not None and not server.cycle.response_complete


def has_answered(server: Any) -> bool:
    return server.cycle is not None and bool(server.cycle.response_complete)


def aged(here: AcmeWorld, raw: bytes, seconds: int, *, once: Callable[[Any], bool]) -> bytes:
    """Send something, let the connection age once the server is so far, and return what comes back."""
    served = here.environment.served
    protocol: Any = served.platform.application.protocol
    with connect(here.environment.url) as connection:
        connection.sendall(raw)

        async def grow_old() -> bool:
            for one in list(protocol.sweep._watched):
                if one.client == connection.getsockname() and once(one):
                    for _ in range(seconds):
                        one.second(60)
                    return True
            return False

        while not served.run(grow_old()):
            threading.Event().wait(0.01)
        return read_all(connection)


@pytest.mark.parametrize("raw", [b"GET / HT", b"GET / HTTP/1.1\r\nX-A: 1\r\n"])
def test_a_head_that_trickles_in_is_ended(either: AcmeWorld, raw: bytes) -> None:
    answer = read_answer(aged(either, raw, 21, once=is_in_head))
    assert answer.status == 408
    assert json.loads(answer.body)["code"] == "caller.request_too_slow"


def test_a_body_that_stands_still_is_ended(either: AcmeWorld) -> None:
    either.provider.behave(lambda exchange: exchange.caller_left())
    raw = head_of(either, "POST") + b"Content-Length: 9\r\n\r\nabc"
    assert read_answer(aged(either, raw, 61, once=is_at_work)).status == 408
    assert either.busy == 0


def test_a_connection_nobody_uses_is_closed(either: AcmeWorld) -> None:
    assert aged(either, b"", 21, once=is_new) == b""
    raw = head_of(either) + b"\r\n"
    assert read_answer(aged(either, raw, 61, once=has_answered)).status == 200


def told_to_stop(here: AcmeWorld, connection: socket.socket, last_seconds: float) -> None:
    """Have the server stop as far as one connection goes."""
    served: Served = here.environment.served
    protocol: Any = served.platform.application.protocol

    async def stop() -> None:
        for one in list(protocol.sweep._watched):
            if one.client == connection.getsockname():
                one.last_seconds = last_seconds
                one.shutdown()

    served.run(stop())


@pytest.mark.parametrize("verb", ["GET", "DELETE"])
def test_who_sends_while_the_server_stops_is_answered(either: AcmeWorld, verb: str) -> None:
    """Four processes behind one port are restarted one by one: no call may fail at it."""
    raw = head_of(either, verb) + b"\r\n"
    with connect(either.environment.url) as connection:
        for _ in range(2):  # the second time it is known word for word
            connection.sendall(raw)
            assert b" 200 " in read_until(connection, b'{"data": []}')
        told_to_stop(either, connection, 60.0)
        connection.sendall(raw)
        answer = read_answer(read_all(connection))
    assert (answer.status, answer.header("connection")) == (200, "close")


@pytest.mark.parametrize("last_seconds", [0.0, 0.01])
def test_who_sends_nothing_while_the_server_stops_is_let_go(
    either: AcmeWorld, last_seconds: float
) -> None:
    with connect(either.environment.url) as connection:
        connection.sendall(head_of(either) + b"\r\n")
        assert b" 200 " in read_until(connection, b'{"data": []}')
        told_to_stop(either, connection, last_seconds)
        assert read_all(connection) == b""


def test_a_call_under_way_does_not_age(either: AcmeWorld) -> None:
    def behave(exchange: Exchange) -> None:
        time.sleep(0.4)
        exchange.answer(200, b"late")

    either.provider.behave(behave)
    raw = head_of(either) + b"Connection: close\r\n\r\n"
    assert read_answer(aged(either, raw, 200, once=is_at_work)).body == b"late"


def test_an_answer_before_the_end_of_a_body_is_not_taken_back(either: AcmeWorld) -> None:
    head = head_of(either, "POST").replace(b"Bearer ", b"Bearer not-")
    with connect(either.environment.url) as connection:
        connection.sendall(
            head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
        )
        answer = read_answer(read_all(connection))
        assert answer.status == 401
        for _ in range(50):  # whoever writes on after it was closed would be told so
            connection.sendall(b"1\r\na\r\n")
        assert connection.recv(1) == b""
