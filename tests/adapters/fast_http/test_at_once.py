"""What is written at once is what the server would have written, and it goes on as if it had."""

import asyncio
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from waypost.adapters.fast_http.at_once import write_at_once
from waypost.base.asgi import HeaderPairs

LENGTH = (b"content-length", b"2")
PLAIN: HeaderPairs = [(b"content-type", b"application/json"), (b"x-name", b"caf\xe9"), LENGTH]


class Wire:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.bytes = b""
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.bytes += data

    def close(self) -> None:
        self.is_closed = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def cycle(ended: list[str], *, verb: str = "GET", keep_alive: bool = True) -> Any:
    wire: Any = Wire()
    return RequestResponseCycle(
        scope={"type": "http", "method": verb},  # type: ignore[typeddict-item]
        transport=wire,
        flow=FlowControl(wire),
        logger=None,  # type: ignore[arg-type]
        access_logger=None,  # type: ignore[arg-type]
        access_log=False,
        default_headers=[],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: ended.append(verb),
    )


async def by_the_server(status: int, headers: HeaderPairs, body: bytes) -> Any:
    served = cycle([])
    await served.send({"type": "http.response.start", "status": status, "headers": headers})
    await served.send({"type": "http.response.body", "body": body})
    return served


@pytest.mark.anyio
@pytest.mark.parametrize("status", [200, 404, 502])
async def test_the_same_bytes_and_the_same_end(status: int) -> None:
    ended: list[str] = []
    ours, theirs = cycle(ended), await by_the_server(status, PLAIN, b"{}")
    assert write_at_once(ours, status, PLAIN, b"{}")
    assert ours.transport.bytes == theirs.transport.bytes
    assert ended == ["GET"]
    for name in ("response_started", "response_complete", "chunked_encoding", "keep_alive"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert await ours.receive() == await theirs.receive() == {"type": "http.disconnect"}


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-length", b"3")],
        [LENGTH, (b"connection", b"close")],
        [LENGTH, (b"transfer-encoding", b"chunked")],
        [LENGTH, (b"x-name", b"a\r\nx-evil: 1")],
        [LENGTH, (b"x-name", b"a\0")],
        [LENGTH, (b"x name", b"a")],
        [LENGTH, (b"", b"a")],
        [LENGTH, (b"X-Name", b"a")],
    ],
)
def test_unusual_headers_are_left_to_the_server(headers: HeaderPairs) -> None:
    left = cycle([])
    assert not write_at_once(left, 200, headers, b"{}")
    assert left.transport.bytes == b""
    assert not left.response_started


def test_what_has_no_body_or_no_listener_is_left_to_the_server() -> None:
    paused, gone, begun = cycle([]), cycle([]), cycle([])
    paused.flow.pause_writing()
    gone.disconnected = True
    begun.response_started = True
    others = [cycle([], verb="HEAD"), cycle([], keep_alive=False), paused, gone, begun]
    assert not any(write_at_once(each, 200, PLAIN, b"{}") for each in others)
    assert not write_at_once(cycle([]), 204, PLAIN, b"{}")
    assert not write_at_once(cycle([]), 304, PLAIN, b"{}")
