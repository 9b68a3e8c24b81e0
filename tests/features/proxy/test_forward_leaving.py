"""Callers of the mapped surfaces who leave: a read ends, what may have changed something does not."""

import socket
import threading
import time
from typing import Any

import pytest
from tests.support.raw_client import connect, request_bytes
from tests.support.raw_provider import Exchange
from tests.support.world import AcmeWorld

from waypost.base import departure

READS = (
    "/proxy/people",
    "/proxy/people/1",
    "/custom/people/1",
    "/unified/user-directory/users",
    "/unified/user-directory/users/1",
    "/unified/user-directory/users/1?truto_response_format=raw",
    "/unified/user-directory/users/1?truto_response_format=stream",
)


@pytest.fixture(autouse=True)
def _looked_for_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departure, "SOON", 0.05)


def ask(acme: AcmeWorld, verb: str, path: str, body: bytes = b"") -> socket.socket:
    connection = connect(acme.environment.url)
    headers = {"Authorization": f"Bearer {acme.environment.token}"}
    connection.sendall(request_bytes(verb, acme.path(path), headers, body))
    return connection


def the_record(acme: AcmeWorld) -> dict[str, Any]:
    for _ in range(60):
        if records := acme.environment.records():
            return records[0]
        time.sleep(0.1)
    raise AssertionError("nothing was recorded")


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("begun", ["before the answer", "within the answer"])
def test_a_read_ends_with_its_caller(acme: AcmeWorld, path: str, begun: str) -> None:
    asked, ended = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        if begun == "within the answer":
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n"
            exchange.send(head + b'\r\n{"data"')
        asked.set()
        if exchange.caller_left():
            ended.set()

    acme.provider.behave(behave)
    with ask(acme, "GET", path):
        assert asked.wait(5)
    assert ended.wait(5), "the provider works for nobody"
    assert acme.busy == 0
    record = the_record(acme)
    streamed = "stream" in path and begun == "within the answer"
    assert (record["status"], record["error_code"]) == (200 if streamed else 499, "caller_left")


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/proxy/people"),
        ("POST", "/proxy/letters"),
        ("PATCH", "/proxy/people/1"),
        ("DELETE", "/proxy/people/1"),
        ("POST", "/custom/people"),
        ("PUT", "/custom/people/1"),
        ("POST", "/unified/user-directory/users"),
        ("PATCH", "/unified/user-directory/users/1"),
    ],
)
def test_what_may_have_been_accepted_is_seen_through(acme: AcmeWorld, verb: str, path: str) -> None:
    asked, left = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        asked.set()
        assert left.wait(5)
        assert not exchange.caller_left(0.4), "what was sent was abandoned"
        exchange.answer(201, {"data": {"id": 1, "name": "Ada"}})

    acme.provider.behave(behave)
    with ask(acme, verb, path, b'{"name": "Ada"}'):
        assert asked.wait(5)
    left.set()
    record = the_record(acme)
    assert record["status"] in (200, 201), "its outcome is known, though nobody heard it"
    assert record["error_code"] is None


def test_a_read_after_something_was_changed_is_seen_through(acme: AcmeWorld) -> None:
    step = {"name": "sent", "resource": "letters", "method": "create", "body": '{"to": "Ada"}'}
    override = {"user-directory": {"users": {"list": {"before": [step]}}}}
    acme.environment.change(acme.account, unified_model_override=override)
    asked, left = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        if exchange.verb == "GET":
            asked.set()
            assert left.wait(5)
            assert not exchange.caller_left(0.4), "what was begun was abandoned halfway"
        exchange.answer(200, {"data": []})

    acme.provider.behave(behave)
    with ask(acme, "GET", "/unified/user-directory/users"):
        assert asked.wait(5)
    left.set()
    assert the_record(acme)["status"] == 200
