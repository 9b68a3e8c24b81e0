"""`raw` and `stream` show the provider's own answer; the rest is in test_serve.py."""

import threading

from tests.support.raw_client import connect, read_all, read_until, request_bytes
from tests.support.raw_provider import Exchange, answering
from tests.support.world import AcmeWorld

USER = "/unified/user-directory/users/7"


def test_raw_keeps_status_and_type(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(203, b"<xml/>", Content_Type="application/xml", X_A="1"))
    answer = acme.get(f"{USER}?truto_response_format=raw")
    assert (answer.status_code, answer.content) == (203, b"<xml/>")
    assert answer.headers["content-type"] == "application/xml"
    assert answer.headers["x-a"] == "1"
    assert answer.headers["waypost-origin"] == "provider"


def test_stream_does_not_wait_for_the_end(acme: AcmeWorld) -> None:
    seen = threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        assert seen.wait(5), "the first bytes were held back"
        exchange.send(b"3\r\ndef\r\n0\r\n\r\n")

    acme.provider.behave(behave)
    path = acme.path(f"{USER}?truto_response_format=stream")
    with connect(acme.environment.url) as connection:
        head = {"Authorization": f"Bearer {acme.environment.token}"}
        connection.sendall(request_bytes("GET", path, head))
        read_until(connection, b"abc")
        seen.set()
        assert b"def" in read_all(connection)
    assert acme.busy == 0


def test_stream_of_a_caller_who_left_is_closed(acme: AcmeWorld) -> None:
    ended = threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        if exchange.caller_left():
            ended.set()

    acme.provider.behave(behave)
    with connect(acme.environment.url) as connection:
        head = {"Authorization": f"Bearer {acme.environment.token}"}
        path = acme.path(f"{USER}?truto_response_format=stream")
        connection.sendall(request_bytes("GET", path, head))
        read_until(connection, b"abc")
    assert ended.wait(5)
    assert acme.busy == 0
    assert acme.environment.records()[0]["error_code"] == "caller_left"
