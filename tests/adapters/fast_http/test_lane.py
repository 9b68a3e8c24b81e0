"""Calls on the straight way, between two bare sockets: every way a body may end, and who gives up."""

import socket
import threading
import time

import pytest
from tests.support.fast_world import TRIES, FastWorld
from tests.support.raw_client import connect, read_all, read_answer, read_until
from tests.support.raw_provider import Behaviour, Exchange, answering, in_turn, writing

SIZE = 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("verb", "head", "length"),
    [
        ("HEAD", "200 OK\r\nContent-Length: 1234", "1234"),
        ("HEAD", "200 OK\r\nTransfer-Encoding: chunked", None),
        ("HEAD", "200 OK", None),
        ("HEAD", "204 No Content", None),
        ("GET", "204 No Content", None),
        ("GET", "204 No Content\r\nContent-Length: 5", None),
        ("GET", '304 Not Modified\r\nETag: "x"', None),
        ("GET", "304 Not Modified\r\nContent-Length: 1234", None),
        ("GET", "200 OK\r\nContent-Length: 0", "0"),
    ],
)
def test_answers_without_a_body(fast: FastWorld, verb: str, head: str, length: str | None) -> None:
    fast.provider.behave(writing(f"HTTP/1.1 {head}\r\n\r\n".encode()))
    answer = fast.straight(verb, "/x")
    assert answer.status == int(head[:3])
    assert answer.body == b""
    assert answer.header("content-length") == length
    assert answer.header("transfer-encoding") is None


def test_connections_are_used_again_after_answers_without_a_body(fast: FastWorld) -> None:
    fast.warm()
    before = fast.provider.connections
    with connect(fast.environment.url) as connection:
        for verb, raw in (
            ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
            ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
            ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
            ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
            ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"),
        ):
            fast.provider.behave(writing(raw))
            connection.sendall(fast.request(verb, "/x"))
            read_until(connection, b"\r\n\r\n")
    assert fast.provider.connections <= before + 1


@pytest.mark.parametrize(
    "extra",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        b"4\r\nevil\r\n0\r\n\r\n",
        b"evil",
        b"\r\n",
    ],
)
@pytest.mark.parametrize("verb", ["HEAD", "GET"])
def test_what_follows_an_answer_is_nobodys_answer(fast: FastWorld, verb: str, extra: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (4 if verb == "HEAD" else 0)
    fast.provider.behave(in_turn(writing(head + extra), answering(200, b"mine")))
    fast.straight(verb, "/x")
    fast.provider.behave(answering(200, b"mine"))
    assert fast.straight("GET", "/y").body == b"mine"


def test_a_body_of_unknown_length_ends_with_the_connection(fast: FastWorld) -> None:
    fast.provider.behave(writing(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nabc", close=True))
    answer = fast.straight("GET", "/x")
    assert answer.content == b"abc"
    assert answer.header("x-a") == "1"


def test_an_old_callers_body_ends_with_the_connection(fast: FastWorld) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        time.sleep(0.1)
        exchange.send(b"2\r\nde\r\n0\r\n\r\n")

    fast.provider.behave(behave)
    raw = fast.request("GET", "/x").replace(b"HTTP/1.1", b"HTTP/1.0")
    answer = read_answer(fast.raw_bytes(raw))
    assert answer.body == b"abcde"
    assert answer.header("transfer-encoding") is None
    assert answer.header("connection") == "close"


def test_first_bytes_arrive_before_the_last_are_sent(fast: FastWorld) -> None:
    seen = threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        assert seen.wait(5), "the first bytes were held back"
        exchange.send(b"3\r\ndef\r\n0\r\nX-Late: 1\r\n\r\n")

    with _open(fast, "/x", behave) as connection:
        got = read_until(connection, b"abc\r\n")
        seen.set()
        got += read_all(connection)
    answer = read_answer(got)
    assert answer.content == b"abcdef"
    assert b"x-late" not in got.lower(), "a trailer is no header, and is not announced"


def test_answers_before_the_answer_are_not_passed_on(fast: FastWorld) -> None:
    fast.provider.behave(
        writing(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        )
    )
    answer = fast.straight("GET", "/x")
    assert (answer.status, answer.body, answer.header("link")) == (200, b"ok", None)


def test_a_slow_reader_slows_the_provider_down(fast: FastWorld) -> None:
    written = [0]

    def behave(exchange: Exchange) -> None:
        exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n".encode())
        piece = b"x" * 65536
        while written[0] < SIZE:
            exchange.send(piece)
            written[0] += len(piece)

    with _open(fast, "/x", behave) as connection:
        read_until(connection, b"xx")
        last = -1
        while written[0] != last:
            last = written[0]
            time.sleep(0.15)
        assert last < SIZE // 2


def test_a_reader_who_goes_on_gets_everything(fast: FastWorld) -> None:
    size = 8 * 1024 * 1024
    with _open(fast, "/x", answering(200, b"0123456789abcdef" * (size // 16))) as connection:
        read_until(connection, b"\r\n\r\n")
        time.sleep(0.2)
        assert len(read_all(connection)) > size - 65536
    assert fast.environment.records()[0]["bytes_out"] == size


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"3\r\nabc\r\n"),
    ],
)
def test_an_answer_that_breaks_off_gets_no_end(fast: FastWorld, raw: bytes, body: bytes) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.send(raw)
        time.sleep(0.2)
        exchange.close()

    with _open(fast, "/x", behave) as connection:
        got = b""
        try:
            while piece := connection.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
    assert read_answer(got).body == body
    record = fast.environment.records()[0]
    assert (record["status"], record["error_code"]) == (200, "provider.unreachable")
    assert record["bytes_out"] == 3


@pytest.mark.parametrize(
    ("behaviour", "status", "said", "code"),
    [
        (lambda exchange: exchange.close(), 502, b"without answering", "provider.unreachable"),
        (
            writing(b"SMTP ready\r\n\r\n", close=True),
            *(502, b"not valid HTTP", "provider.unreachable"),
        ),
        (
            writing(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            *(502, b"not valid HTTP", "provider.unreachable"),
        ),
        (
            writing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
            *(502, b"not valid HTTP", "provider.unreachable"),
        ),
        (
            writing(b"HTTP/1.1 200 OK\r\n" + b"X-Long: %b\r\n" % (b"x" * 70_000) + b"\r\n"),
            *(502, b"not valid HTTP", "provider.unreachable"),
        ),
        (
            writing(b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 300 + b"\r\n"),
            *(502, b"not valid HTTP", "provider.unreachable"),
        ),
        (
            writing(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"),
            *(502, b"which HTTP does not know", "provider.garbled"),
        ),
        (
            lambda exchange: exchange.caller_left(),
            504,
            b"first_byte deadline of 2 s",
            "provider.timed_out",
        ),
    ],
)
def test_a_provider_that_does_not_answer(
    fast: FastWorld, behaviour: Behaviour, status: int, said: bytes, code: str
) -> None:
    fast.provider.behave(behaviour)
    answer = fast.straight("GET", "/x")
    assert answer.status == status
    assert said in answer.body
    assert answer.header("waypost-origin") == "platform"
    assert answer.header("waypost-request-id")
    record = fast.environment.records()[0]
    assert (record["status"], record["error_code"]) == (status, code)


def test_a_provider_that_stops_in_the_middle(fast: FastWorld) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        exchange.caller_left()

    with _open(fast, "/x", behave) as connection:
        assert not read_all(connection).partition(b"abc")[2]
    assert fast.environment.records()[0]["error_code"] == "provider.timed_out"


def test_a_kept_connection_that_was_closed_is_replaced_once(fast: FastWorld) -> None:
    fast.provider.behave(in_turn(lambda exchange: exchange.close(), answering(200, b"again")))
    fast.warm()
    answer = read_answer(fast.raw_bytes(fast.request("GET", "/x", {"Connection": "close"})))
    assert (answer.status, answer.body) == (200, b"again")
    assert len(fast.provider.received) == 2
    fast.provider.behave(lambda exchange: exchange.close())
    assert fast.straight("GET", "/y").status == 502
    assert len([each for each in fast.provider.received if each.target == "/v1/y"]) == 2


def test_a_caller_who_leaves_before_the_answer_ends_the_call(fast: FastWorld) -> None:
    begun, ended = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        begun.set()
        if exchange.caller_left():
            ended.set()

    with _open(fast, "/x", behave):
        assert begun.wait(5)
    assert ended.wait(5), "the provider works for nobody"
    assert fast.busy == 0
    record = fast.environment.records()[0]
    assert (record["status"], record["error_code"]) == (499, "caller_left")


def test_a_caller_who_leaves_within_the_answer_ends_it(fast: FastWorld) -> None:
    ended = threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        if exchange.caller_left():
            ended.set()

    with _open(fast, "/x", behave) as connection:
        read_until(connection, b"abc")
    assert ended.wait(5), "the provider goes on sending to nobody"
    assert fast.busy == 0
    record = fast.environment.records()[0]
    assert (record["status"], record["error_code"], record["bytes_out"]) == (200, "caller_left", 3)


def test_what_is_no_request_is_answered_after_what_was_under_way(fast: FastWorld) -> None:
    release = threading.Event()

    def behave(exchange: Exchange) -> None:
        assert release.wait(20)
        exchange.answer(200, b"good")

    with _open(fast, "/x", behave, then="keep-alive") as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        time.sleep(0.05)
        release.set()
        good, _, bad = read_all(connection).partition(b"good")
    assert fast.passed
    assert (read_answer(good + b"good").status, read_answer(bad).status) == (200, 400)


def test_what_comes_while_an_account_is_settled_waits(fast: FastWorld) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        exchange.send(b"3\r\ndef\r\n0\r\n\r\n")

    fast.provider.behave(behave)
    answer = fast.straight("GET", "/x")
    assert (answer.status, answer.content) == (401, b"abcdef")
    assert fast.environment.account(fast.account)["status"] == "needs_reauth"


def _open(
    fast: FastWorld, path: str, behaviour: Behaviour, *, then: str = "close"
) -> socket.socket:
    """Return a connection on which a straight call has begun."""
    fast.provider.behave(behaviour)
    for _ in range(TRIES):
        fast.warm()
        connection = connect(fast.environment.url)
        connection.sendall(fast.request("GET", path, {"Connection": then}))
        ends = time.monotonic() + 5
        while not fast.passed and not fast.provider.received and time.monotonic() < ends:
            time.sleep(0.005)
        if fast.passed:
            return connection
        connection.close()
    raise AssertionError("this did not go the straight way")
