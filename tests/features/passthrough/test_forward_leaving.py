"""Callers who leave: what a provider is still doing for them ends, unless it may have acted already."""

import threading
import time

import pytest
from tests.support.raw_client import connect, read_until, request_bytes
from tests.support.raw_provider import Exchange
from tests.support.world import AcmeWorld


@pytest.mark.parametrize("length", ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
def test_caller_who_leaves_ends_the_providers_work(acme: AcmeWorld, length: str) -> None:
    ended = threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.send(f"HTTP/1.1 200 OK\r\n{length}\r\n\r\n3\r\nabc\r\n".encode())
        if exchange.caller_left():
            ended.set()

    acme.provider.behave(behave)
    with _open(acme, "GET", "/x") as connection:
        read_until(connection, b"abc")
    assert ended.wait(5), "the provider goes on sending to nobody"
    assert acme.busy == 0
    record = acme.environment.records()[0]
    assert (record["status"], record["error_code"]) == (200, "caller_left")


def test_caller_who_leaves_during_the_upload_ends_it(acme: AcmeWorld) -> None:
    begun, ended = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        begun.set()
        if exchange.caller_left():
            ended.set()

    acme.provider.behave(behave)
    with _open(acme, "POST", "/x", {"Content-Length": "100"}) as connection:
        connection.sendall(b"abc")
        assert begun.wait(5)
    assert ended.wait(5)
    assert acme.busy == 0
    record = acme.environment.records()[0]
    assert (record["status"], record["error_code"]) == (499, "caller_left")


@pytest.mark.parametrize(("verb", "body"), [("GET", b""), ("DELETE", b""), ("PUT", b"abc")])
def test_caller_who_leaves_before_the_answer_ends_the_call(
    acme: AcmeWorld, verb: str, body: bytes
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        begun.set()
        if exchange.caller_left():
            ended.set()

    acme.provider.behave(behave)
    with _open(acme, verb, "/x", {"Content-Length": str(len(body))} if body else {}) as connection:
        connection.sendall(body)
        assert begun.wait(5)
    assert ended.wait(5), "the provider works for nobody"
    assert acme.busy == 0
    record = acme.environment.records()[0]
    assert (record["status"], record["error_code"]) == (499, "caller_left")


def test_what_a_provider_may_have_accepted_is_not_given_up(acme: AcmeWorld) -> None:
    begun, left = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        begun.set()
        assert left.wait(5)
        assert not exchange.caller_left(1.3), "what was sent was abandoned"
        exchange.answer(202)

    acme.provider.behave(behave)
    with _open(acme, "POST", "/email", {"Content-Length": "2"}) as connection:
        connection.sendall(b"{}")
        assert begun.wait(5)
    left.set()
    for _ in range(50):
        if records := acme.environment.records():
            break
        time.sleep(0.1)
    assert records[0]["status"] == 202


def test_a_slow_answer_reaches_a_caller_who_waits(acme: AcmeWorld) -> None:
    def behave(exchange: Exchange) -> None:
        time.sleep(1.2)
        exchange.answer(200, b"late")

    acme.provider.behave(behave)
    assert acme.passthrough("GET", "/x").body == b"late"


def _open(acme: AcmeWorld, verb: str, path: str, headers: dict[str, str] | None = None):
    connection = connect(acme.environment.url)
    given = {"Authorization": f"Bearer {acme.environment.token}", **(headers or {})}
    connection.sendall(request_bytes(verb, f"/passthrough/{acme.account}{path}", given))
    return connection
