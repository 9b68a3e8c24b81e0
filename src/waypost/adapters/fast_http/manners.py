"""The caller's side of HTTP/1.1: uvicorn's protocol, made careful."""

import asyncio
import socket
import struct
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from waypost.adapters.fast_http.at_once import write_at_once
from waypost.adapters.fast_http.joined import JoiningTransport
from waypost.adapters.fast_http.together import Together
from waypost.base.asgi import AT_ONCE, BARE_QUERY, Answer
from waypost.base.errors import HeadTooLarge, InvalidRequest, RequestTooSlow, WaypostError
from waypost.base.ids import new_id
from waypost.base.log import get_logger

LONGEST_HEAD = 64 * 1024
MOST_HEADERS = 128
_PIECE = 32 * 1024
HEAD_SECONDS = 20
"""How long a request's head may take to arrive."""
LINGER_SECONDS = 2
BODY_SECONDS = 60
"""How long a body, or a caller who does not take an answer, may stand still."""

_log = get_logger("waypost.http")

Refusal = Callable[[Exception, str], Answer]
"""Makes an answer of an error and a request id."""


class CarefulProtocol(HttpToolsProtocol):
    """Answer what is wrong in our envelope, bound what is slow or large, and keep what was sent.

    Subclasses are made by `careful`, which gives them their class variables.
    """

    refusal_of: ClassVar[Refusal]
    sweep: ClassVar["Sweep"]
    together: ClassVar[Together]
    last_seconds: ClassVar[float]
    """How long a connection that nobody uses may still bring a request when the server stops."""
    cycle: Any
    """The request being served, or the last one: the server's own, or a lane."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        self.raw_transport = transport
        self.age = 0
        self.in_head = False
        self._head_size = 0
        self._upgrade: bytes | None = None
        self._is_refused = self._is_last = False
        self.owed: WaypostError | None = None
        self.joined = JoiningTransport(transport, self.together, self._close_gently)
        super().connection_made(self.joined)  # type: ignore[arg-type]
        self.sweep.watch(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self.sweep.forget(self)
        super().connection_lost(exc)
        self.joined.lost()
        # The two hold one another, and the collector comes seldom: 6 KB for every caller who left.
        if self.cycle is not None and self.cycle.response_complete:
            self.cycle = None

    def data_received(self, data: bytes) -> None:
        """Take what a caller sends."""
        if not self.in_head and not self._is_refused:
            self.age = 0
        if len(data) <= _PIECE:
            self._feed(data)
            return
        for at in range(0, len(data), _PIECE):  # or a head of any size would be taken in one
            self._feed(data[at : at + _PIECE])

    def _feed(self, data: bytes) -> None:
        if self._is_refused or self.parser is None:
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on(data[upgrade.args[0] :])
            return
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            self.refuse(cause if isinstance(cause, WaypostError) else _no_http())
            return
        except httptools.HttpParserError:
            self.refuse(_no_http())
            return
        if self.in_head:
            self._head_size += len(data)
            if self._head_size > LONGEST_HEAD:
                self.refuse(HeadTooLarge(f"The head of the request is over {LONGEST_HEAD} bytes."))

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.in_head = True
        self.age = 0
        self._head_size = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if len(self.headers) >= MOST_HEADERS:
            raise HeadTooLarge(f"The request has more than {MOST_HEADERS} headers.")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to serve a request; what its body's trailers say goes to a list that nobody reads.

        The server appends them to the headers, where they would pass for the caller's own.
        """
        self.in_head = False
        self._check_head()
        if self.parser.should_upgrade():
            self._refuse_upgrade()
            return
        super().on_headers_complete()
        scope = cast(dict[str, Any], self.scope)
        scope[AT_ONCE] = partial(write_at_once, self.cycle)
        if self.url[-1:] == b"?":
            scope[BARE_QUERY] = True
        if self._is_last:
            self.cycle.keep_alive = False
        if self.scope["http_version"] == "1.0":
            _answer_as_of_old(self.cycle, self.scope["method"])
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        if self._upgrade is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        if self._upgrade is None:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request; how long that may take is the sweep's business."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.age = 0
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self.owed is not None:
            owed, self.owed = self.owed, None
            self.refuse(owed)

    def refuse(self, error: WaypostError) -> None:
        """Answer with an error that belongs to no request of the application, and close.

        The answers to requests before it come first; whoever has not sent the whole of a request that
        is being answered is let go without a word: two answers for one would be taken for each other.
        """
        self._is_refused = True
        self.in_head = False
        self.age = 0
        if self.transport.is_closing() or not self._is_free_to_refuse(error):
            return
        request_id = new_id()
        answer = type(self).refusal_of(error, request_id)
        pairs = [
            *answer.headers,
            (b"content-length", b"%d" % len(answer.body)),
            (b"waypost-request-id", request_id.encode()),
            (b"connection", b"close"),
        ]
        lines = b"".join([b"%b: %b\r\n" % pair for pair in pairs])
        self.joined.flush()
        self.raw_transport.write(b"%b%b\r\n%b" % (STATUS_LINE[answer.status], lines, answer.body))
        self.joined.is_closed = True
        self._close_gently()

    def _close_gently(self) -> None:
        """End what is written, and read on for a moment, into nothing.

        To close with something unread, or yet to come, would have the system take the answer back.
        """
        self._is_refused = True
        self.in_head = False
        self.age = 0
        self.flow.resume_reading()
        self.raw_transport.write_eof()

    def shutdown(self) -> None:
        """End a connection with its next answer; one that nobody uses, a moment later.

        Its caller may be sending just now, and would be told that the connection was reset.
        """
        self._is_last = True
        if not self._is_idle():
            self.cycle.keep_alive = False
        elif self.last_seconds:
            self.loop.call_later(self.last_seconds, self._let_go)
        else:
            self._let_go()

    def _let_go(self) -> None:
        if self._is_idle() and not self.in_head and not self.raw_transport.is_closing():
            self.joined.flush()
            self.raw_transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def _is_free_to_refuse(self, error: WaypostError) -> bool:
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        if not cycle.more_body:
            self.owed = error
            return False
        if cycle.response_started or self.pipeline:
            self.transport.close()
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        return True

    def second(self, idle_seconds: float) -> None:
        """Grow older by a second; end what stands still."""
        self.age += 1
        if self._is_refused and self.owed is None:
            if self.age > LINGER_SECONDS:
                self.raw_transport.abort()
        elif self.in_head:
            if self.age > HEAD_SECONDS:
                self.refuse(RequestTooSlow())
        elif self.cycle is None or self.cycle.response_complete:
            if self.age > (HEAD_SECONDS if self.cycle is None else idle_seconds):
                self.raw_transport.close()
        else:
            self._second_of_a_request()

    def _second_of_a_request(self) -> None:
        if self.flow.write_paused:
            if self.age > BODY_SECONDS:
                self.raw_transport.abort()
        elif self.cycle.more_body and not self.flow.read_paused:
            if self.age > BODY_SECONDS:
                self.refuse(RequestTooSlow())
        else:
            self.age = 0

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0"):
            raise InvalidRequest("HTTP/1.1 and HTTP/1.0 are spoken here.")
        hosts = [name for name, _ in self.headers if name == b"host"]
        if len(hosts) > 1 or (version == "1.1" and not hosts):
            raise InvalidRequest("A request names the host it is for, once.")

    # ── a change of protocol ───────────────────────────────────────────────────────────────────

    def _refuse_upgrade(self) -> None:
        if self.parser.get_method() == b"CONNECT":
            raise InvalidRequest("CONNECT asks for a tunnel, and there is none here.")
        named = [value.lower() for name, value in self.headers if name == b"upgrade"]
        if any(b"websocket" in each for each in named):
            raise InvalidRequest("WebSocket is not spoken here.")
        # The parser stops here and leaves the body aside, so it is asked again without the upgrade.
        self._upgrade = self._without_upgrade()

    def _without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, version)]
        for name, value in self.headers:
            if name == b"connection":
                others = [one for one in value.split(b",") if one.strip().lower() != b"upgrade"]
                lines.append(b"%b: %b\r\n" % (name, b",".join(others)))
            elif name != b"upgrade":
                lines.append(b"%b: %b\r\n" % (name, value))
        return b"".join([*lines, b"\r\n"])

    def _go_on(self, rest: bytes) -> None:
        head, self._upgrade = self._upgrade, None
        if head is None:
            self.refuse(_no_http())
            return
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(head)
        if rest and not self._is_refused:
            self.data_received(rest)


def _no_http() -> InvalidRequest:
    return InvalidRequest("This is not valid HTTP.")


def _answer_as_of_old(cycle: Any, verb: str) -> None:
    """Have a cycle end an answer of unknown length by closing: HTTP/1.0 knows no chunks."""
    send = cycle.send
    unbounded = False

    async def send_plainly(message: Any) -> None:
        nonlocal unbounded
        if message["type"] == "http.response.start":
            named = {name.lower() for name, _ in message.get("headers", ())}
            bodiless = verb == "HEAD" or message["status"] in (204, 304)
            if b"content-length" not in named and not bodiless:
                unbounded = True
                cycle.chunked_encoding = False
                cycle.transport = _Cut(cycle)
        elif unbounded:
            # What the server checks a declared length against.
            cycle.expected_content_length = len(message.get("body", b"")) + bool(
                message.get("more_body")
            )
        await send(message)

    cycle.send = send_plainly


class _Cut:
    """The transport of an answer that ends with its connection: an early end is a reset."""

    def __init__(self, cycle: Any) -> None:
        self._cycle = cycle
        self._transport = cycle.transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close; whoever reads shall not take a part for the whole."""
        if self._cycle.response_complete:
            self._transport.close()
            return
        found = self._transport.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


class Sweep:
    """Look at every connection once a second: one timer for all, instead of some for each."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._watched: set[CarefulProtocol] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, connection: CarefulProtocol) -> None:
        """Look at a connection from now on."""
        self._watched.add(connection)
        if self._timer is None:
            self._timer = connection.loop.call_later(1.0, self._look)

    def forget(self, connection: CarefulProtocol) -> None:
        """Look at a connection no more."""
        self._watched.discard(connection)

    def _look(self) -> None:
        self._timer = None
        for connection in list(self._watched):
            connection.second(self._idle_seconds)
        for connection in self._watched:
            self._timer = connection.loop.call_later(1.0, self._look)
            break
