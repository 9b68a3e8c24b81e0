"""The passthrough at bare sockets: what leaves and what comes back is compared byte for byte."""

import threading
import time

import pytest
from tests.support.raw_client import connect, read_all, read_answer, read_until, request_bytes
from tests.support.raw_provider import Exchange, answering, writing
from tests.support.world import ACME_KEY, AcmeWorld, World

ODD_BODY = b'{ "id" : 12345678901234567890123, "p": 1.10, "t":"\\u00e9\xc3\xa9" ,\n\t"e":1E5}'


def test_request_leaves_byte_for_byte(acme: AcmeWorld) -> None:
    headers = {"Content-Type": "application/json; x=Y", "X-Own": " a,b ", "User-Agent": "sdk/1"}
    answer = acme.passthrough("POST", "/email", headers, ODD_BODY)
    assert answer.status == 200
    got = acme.provider.last
    assert got.body == ODD_BODY
    assert got.header("content-type") == "application/json; x=Y"
    assert got.header("user-agent") == "sdk/1"
    assert got.header("x-own") == "a,b"
    assert got.header("content-length") == str(len(ODD_BODY))
    assert got.header("accept") is None, "nothing is added that the caller did not send"
    assert got.header("accept-encoding") is None


@pytest.mark.parametrize(
    "target",
    [
        "/domains",
        "/domains/",
        "/domains//x///y",
        "/a%20b%2Fc%3F%23%25/%C3%A9",
        "/a%2fb%zz",
        "/x?a=1&a=2&b[]=3&c%5B%5D=%20+&=&&d",
        "/x?q=a/b?c@d:e;f,g'(h)*!~$|{}^`\\\"<>",
        "/x?limit=3&next_cursor=&truto_key_by=id&integrated_account_id=1",
        "/:x;y=1,2/@me/~a/$b",
        "/x?",
        "/?",
        "/x??",
        "/x?a=1?",
    ],
)
@pytest.mark.parametrize(("verb", "body"), [("GET", b""), ("POST", b"{}")])
def test_target_leaves_byte_for_byte(acme: AcmeWorld, target: str, verb: str, body: bytes) -> None:
    assert acme.passthrough(verb, target, {}, body).status == 200
    assert acme.provider.last.target == "/v1" + target


@pytest.mark.parametrize(("verb", "body"), [("GET", b""), ("POST", b"{}")])
@pytest.mark.parametrize("value", [b"caf\xe9 \xff\x80", "Zo\u00eb \u732b".encode(), b"\xc3"])
def test_bytes_in_headers_cross_unaltered(
    acme: AcmeWorld, value: bytes, verb: str, body: bytes
) -> None:
    acme.provider.behave(
        writing(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-There: " + value + b"\r\n\r\n")
    )
    answer = acme.passthrough(verb, "/x?", {"X-Here": value.decode("latin-1")}, body)
    assert acme.provider.last.header("x-here") == value.decode("latin-1")
    assert acme.provider.last.body == body
    assert acme.provider.last.target == "/v1/x?"
    assert answer.header("x-there") == value.decode("latin-1")


@pytest.mark.parametrize(
    "path",
    ["/../admin", "/a/../b", "/a/./b", "/..", "/%2e%2e/x", "/a/%2E./b", "/a%2f..%2fb", "/a/..\\b"],
)
def test_dot_segments_are_refused(acme: AcmeWorld, path: str) -> None:
    answer = acme.passthrough("GET", path)
    assert answer.status == 400
    assert b"segments" in answer.body
    assert not acme.provider.received


@pytest.mark.parametrize("target", ["/caf\xe9", "/a?b=\xe9"])
def test_what_must_be_encoded_is_refused(acme: AcmeWorld, target: str) -> None:
    answer = acme.passthrough("GET", target)
    assert answer.status == 400
    assert not acme.provider.received


def test_our_words_stay_here_and_the_account_is_put_on(acme: AcmeWorld) -> None:
    headers = {
        "Idempotency-Key": "k1",
        "Prefer": "wait=3",
        "Cookie": "a=b",
        "Connection": "close, X-Hop",
        "X-Hop": "gone",
        "Keep-Alive": "5",
        "TE": "trailers",
        "Proxy-Authorization": "Basic x",
    }
    acme.passthrough("GET", "/x", headers)
    names = {name.lower() for name, _ in acme.provider.last.headers}
    assert names == {"host", "authorization"}
    assert acme.provider.last.header("authorization") == f"Bearer {ACME_KEY}"
    assert acme.environment.token not in acme.provider.last.head.decode()


def test_answer_comes_byte_for_byte(acme: AcmeWorld) -> None:
    acme.provider.behave(
        writing(
            b"HTTP/1.1 202 Odd Reason\r\nContent-Type: text/plain;charset=ISO-8859-1\r\n"
            b"Set-Cookie: a=1\r\nX-One: 1\r\nSet-Cookie: b=2\r\nX-Message-Id: m1\r\n"
            b"Connection: keep-alive, X-Nominated\r\nX-Nominated: gone\r\nKeep-Alive: timeout=5\r\n"
            b"Server: acme\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 5\r\n\r\ncaf\xe9\x00"
        )
    )
    answer = acme.passthrough("GET", "/x")
    assert answer.status == 202
    assert answer.body == b"caf\xe9\x00"
    ours = ("waypost-", "ratelimit-", "connection")
    assert [pair for pair in answer.pairs if not pair[0].startswith(ours)] == [
        ("content-type", "text/plain;charset=ISO-8859-1"),
        ("set-cookie", "a=1"),
        ("x-one", "1"),
        ("set-cookie", "b=2"),
        ("x-message-id", "m1"),
        ("server", "acme"),
        ("date", "Mon, 01 Jan 2026 00:00:00 GMT"),
        ("content-length", "5"),
    ]
    assert answer.header("waypost-origin") == "provider"
    assert answer.header("ratelimit-limit") == "100000"


def test_the_providers_own_ratelimit_headers_stand_alone(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, b"", RateLimit_Limit="7"))
    answer = acme.passthrough("GET", "/x")
    assert answer.values("ratelimit-limit") == ["7"]
    assert answer.header("ratelimit-remaining") is None


def test_compressed_bodies_stay_compressed(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, b"\x1f\x8bnot really", Content_Encoding="gzip"))
    answer = acme.passthrough("GET", "/x", {"Accept-Encoding": "gzip, br;q=0.5"})
    assert answer.body == b"\x1f\x8bnot really"
    assert answer.header("content-encoding") == "gzip"
    assert acme.provider.last.header("accept-encoding") == "gzip, br;q=0.5"


@pytest.mark.parametrize(
    ("verb", "head", "length"),
    [
        ("HEAD", "200 OK\r\nContent-Length: 1234", "1234"),
        ("GET", "204 No Content", None),
        ("GET", "204 No Content\r\nContent-Length: 5", None),
        ("DELETE", "204 No Content\r\nContent-Length: 5", None),
        ("GET", '304 Not Modified\r\nETag: "x"', None),
        ("GET", "304 Not Modified\r\nContent-Length: 1234", None),
        ("GET", "200 OK\r\nContent-Length: 0", "0"),
    ],
)
def test_answers_without_a_body(acme: AcmeWorld, verb: str, head: str, length: str | None) -> None:
    acme.provider.behave(writing(f"HTTP/1.1 {head}\r\n\r\n".encode()))
    answer = acme.passthrough(verb, "/x")
    assert answer.status == int(head[:3])
    assert answer.body == b""
    assert answer.header("content-length") == length
    assert acme.busy == 0


def test_a_connection_is_used_again_after_answers_without_a_body(acme: AcmeWorld) -> None:
    acme.provider.behave(writing(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"))
    with connect(acme.environment.url) as connection:
        for _ in range(3):
            head = {"Authorization": f"Bearer {acme.environment.token}", "Connection": "keep-alive"}
            connection.sendall(request_bytes("GET", f"/passthrough/{acme.account}/x", head))
            assert b" 304 " in read_until(connection, b"\r\n\r\n")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 418, 429, 500, 503, 599])
def test_every_status_is_kept(acme: AcmeWorld, status: int) -> None:
    acme.provider.behave(answering(status, b"why", Location="https://elsewhere.test/"))
    answer = acme.passthrough("POST", "/x", {}, b"{}")
    assert (answer.status, answer.body) == (status, b"why")
    assert len(acme.provider.received) == 1, "neither repeated nor followed"
    assert acme.environment.records()[0]["status"] == status


def test_status_that_http_does_not_know_is_the_providers_fault(acme: AcmeWorld) -> None:
    acme.provider.behave(writing(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"))
    assert acme.passthrough("GET", "/x").status == 502
    assert acme.busy == 0


def test_chunked_upload_and_download(acme: AcmeWorld) -> None:
    acme.provider.behave(
        writing(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
    )
    body = b"4\r\nwait\r\n0\r\n\r\n"
    answer = acme.passthrough("PUT", "/x", {"Transfer-Encoding": "chunked"}, body)
    assert answer.content == b"abcde"
    assert acme.provider.last.body == b"wait"
    assert acme.provider.last.header("content-length") is None


def test_transfer_codings_that_would_get_lost_are_refused(acme: AcmeWorld) -> None:
    body = b"3\r\nabc\r\n0\r\n\r\n"
    answer = acme.passthrough("POST", "/x", {"Transfer-Encoding": "gzip, chunked"}, body)
    assert answer.status == 400
    assert not acme.provider.received


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "3", "Transfer-Encoding": "chunked"},
        {"Content-Length": "+3"},
        {"Transfer-Encoding": "xchunked"},
        {"X Y": "1"},
    ],
)
def test_ambiguous_requests_do_not_get_through(acme: AcmeWorld, headers: dict[str, str]) -> None:
    assert acme.passthrough("POST", "/x", headers, b"5\r\nabcde\r\n0\r\n\r\n").status == 400
    assert not acme.provider.received


def test_trace_would_repeat_the_credential(acme: AcmeWorld) -> None:
    assert acme.passthrough("TRACE", "/x").status == 405
    assert not acme.provider.received


def test_trailers_are_no_headers(acme: AcmeWorld) -> None:
    body = b"3\r\nabc\r\n0\r\nX-Late: 1\r\nAuthorization: Bearer late\r\nIf-Match: a\r\n\r\n"
    answer = acme.passthrough("POST", "/x", {"Transfer-Encoding": "chunked"}, body)
    assert answer.status == 200
    assert acme.provider.last.body == b"abc"
    assert acme.provider.last.header("x-late") is None
    assert acme.provider.last.header("if-match") is None


def test_trailers_do_not_authenticate(acme: AcmeWorld) -> None:
    late = f"0\r\nAuthorization: Bearer {acme.environment.token}\r\n\r\n".encode()
    with connect(acme.environment.url) as connection:
        head = {"Transfer-Encoding": "chunked", "Connection": "close"}
        target = f"/passthrough/{acme.account}/x"
        connection.sendall(request_bytes("POST", target, head, b"1\r\na\r\n" + late))
        assert read_answer(read_all(connection)).status == 401
    assert not acme.provider.received


def test_upgrades_and_expectations_end_here(acme: AcmeWorld) -> None:
    headers = {"Connection": "Upgrade, close", "Upgrade": "h2c", "HTTP2-Settings": "x"}
    assert acme.passthrough("GET", "/x", headers).status == 200
    assert acme.provider.last.header("upgrade") is None
    with _open(acme, "POST", "/x", {"Expect": "100-continue", "Content-Length": "3"}) as connection:
        assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"abc")
        assert read_answer(read_all(connection)).status == 200
    assert acme.provider.last.header("expect") is None
    assert acme.provider.last.body == b"abc"


def test_first_byte_arrives_before_the_last_is_sent(acme: AcmeWorld) -> None:
    seen = threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        assert seen.wait(5), "the first bytes were held back"
        exchange.send(b"def")

    acme.provider.behave(behave)
    with _open(acme, "GET", "/x") as connection:
        read_until(connection, b"abc")
        seen.set()
        assert read_all(connection) == b"def"


def test_upload_streams_while_it_is_read(acme: AcmeWorld) -> None:
    arrived, release = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        assert exchange.receive(3) == b"abc"
        arrived.set()
        assert release.wait(5)
        exchange.answer(200, exchange.receive(3))

    acme.provider.behave(behave)
    with _open(acme, "POST", "/x", {"Content-Length": "6"}) as connection:
        connection.sendall(b"abc")
        assert arrived.wait(5), "the first bytes were held back"
        connection.sendall(b"def")
        release.set()
        assert read_answer(read_all(connection)).body == b"def"


def test_slow_reader_slows_the_provider_down(acme: AcmeWorld) -> None:
    """A caller who does not read makes the provider wait: the platform keeps no endless buffer."""
    written, size = [0], 64 * 1024 * 1024

    def behave(exchange: Exchange) -> None:
        exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        piece = b"x" * 65536
        while written[0] < size:
            exchange.send(piece)
            written[0] += len(piece)

    acme.provider.behave(behave)
    with _open(acme, "GET", "/x") as connection:
        read_until(connection, b"xx")
        last = -1
        while written[0] != last:
            last = written[0]
            time.sleep(0.15)
        assert last < size // 2
    assert acme.busy == 0


def test_provider_that_closes_early_cuts_the_answer_off(acme: AcmeWorld) -> None:
    acme.provider.behave(writing(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", close=True))
    answer = acme.passthrough("GET", "/x")
    assert answer.body == b"abc"
    assert answer.header("content-length") == "10"
    assert acme.busy == 0
    record = acme.environment.records()[0]
    assert (record["status"], record["error_code"]) == (200, "provider.unreachable")
    assert record["bytes_out"] == 3


def test_chunks_that_break_off_get_no_end(acme: AcmeWorld) -> None:
    acme.provider.behave(
        writing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", close=True)
    )
    answer = acme.passthrough("GET", "/x")
    assert answer.body == b"3\r\nabc\r\n"
    assert acme.busy == 0


def test_upload_past_the_limit_is_refused(small: AcmeWorld) -> None:
    answer = small.passthrough("POST", "/x", {"Content-Length": "2000"}, b"x" * 2000)
    assert answer.status == 413
    assert not small.provider.received, "its length said so"
    chunked = b"7d0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n"
    answer = small.passthrough("POST", "/x", {"Transfer-Encoding": "chunked"}, chunked)
    assert answer.status == 413
    assert b"1000 bytes" in answer.content
    assert small.busy == 0
    assert small.environment.records()[0]["status"] == 413


@pytest.mark.parametrize(
    ("behaviour", "status", "said"),
    [
        (lambda exchange: exchange.close(), 502, b"without answering"),
        (writing(b"SMTP ready\r\n\r\n", close=True), 502, b"not valid HTTP"),
        (lambda exchange: time.sleep(1), 504, b"first_byte deadline of 0.3 s"),
    ],
)
def test_provider_that_does_not_answer(small: AcmeWorld, behaviour, status, said) -> None:
    small.provider.behave(behaviour)
    answer = small.passthrough("POST", "/x", {}, b"{}")
    assert answer.status == status
    assert said in answer.body
    assert answer.header("waypost-origin") == "platform"
    assert len(small.provider.received) == 1, "a POST is never sent twice"
    assert small.busy == 0
    assert small.environment.records()[0]["status"] == status


def test_slow_upload_is_no_fault_of_the_provider(small: AcmeWorld) -> None:
    """The first byte is due once the request was sent, not once the caller began to send it."""
    with _open(small, "POST", "/x", {"Content-Length": "4"}) as connection:
        for _ in range(4):
            time.sleep(0.12)
            connection.sendall(b"x")
        assert read_answer(read_all(connection)).status == 200


def test_provider_that_stops_in_the_middle(small: AcmeWorld) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        exchange.caller_left()

    small.provider.behave(behave)
    assert small.passthrough("GET", "/x").body == b"abc"
    assert small.busy == 0
    assert small.environment.records()[0]["error_code"] == "provider.timed_out"


def test_budget_that_is_used_up_is_said_at_once(acme: AcmeWorld) -> None:
    for _ in range(2):
        answer = acme.passthrough("GET", "/counters", {"Prefer": "wait=0"})
        assert answer.status == 200
    assert answer.header("ratelimit-remaining") == "0"
    refused = acme.passthrough("GET", "/counters", {"Prefer": "wait=0"})
    assert refused.status == 429
    assert 1 <= int(refused.header("retry-after") or 0) <= 61
    assert refused.header("ratelimit-limit") == "2"
    assert refused.header("ratelimit-remaining") == "0"
    assert refused.header("waypost-origin") == "platform"
    assert len(acme.provider.received) == 2
    assert acme.environment.records()[0]["status"] == 429


def test_record_tells_what_went_by(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(201, {"id": 1}))
    acme.passthrough("POST", "/letters?api_key=abc", {}, b'{"to": 1}')
    record = acme.environment.records()[0]
    assert record["surface"] == "passthrough"
    assert (record["resource"], record["method"]) == ("letters", "create")
    assert (record["status"], record["attempts"]) == (201, 1)
    assert (record["bytes_in"], record["bytes_out"]) == (9, 9)
    assert "abc" not in record["http_url"]


@pytest.mark.parametrize("account", ["", "nope", "00000000-0000-0000-0000-000000000000"])
def test_unknown_account(acme: AcmeWorld, account: str) -> None:
    answer = acme.environment.raw("GET", f"/passthrough/{account}/x")
    assert answer.status in (400, 404)
    assert answer.header("waypost-origin") == "platform"


def test_sandbox_account_is_read_only(acme: AcmeWorld) -> None:
    account = acme.environment.link("acme", {"api_key": ACME_KEY}, is_sandbox=True)
    assert acme.environment.raw("GET", f"/passthrough/{account}/x").status == 200
    assert acme.environment.raw("POST", f"/passthrough/{account}/x", {}, b"{}").status == 405
    assert len(acme.provider.received) == 1


def test_a_real_provider(world: World) -> None:
    world.sandbox.seed(domains=[{"name": "shop.test"}])
    answer = world.environment.get(f"/passthrough/{world.account}/domains?limit=10")
    direct = world.sandbox.http.get(
        f"{world.sandbox.root}/v1/domains?limit=10",
        headers={"authorization": f"Bearer {world.sandbox.api_token}"},
    )
    assert answer.content == direct.content
    assert answer.headers["waypost-origin"] == "provider"


def _open(acme: AcmeWorld, verb: str, path: str, headers: dict[str, str] | None = None):
    connection = connect(acme.environment.url)
    given = {"Authorization": f"Bearer {acme.environment.token}", **(headers or {})}
    connection.sendall(request_bytes(verb, f"/passthrough/{acme.account}{path}", given))
    return connection
