"""A call on the straight way, between one caller's connection and one provider's."""

import asyncio
from collections import deque
from typing import Any, Protocol

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from waypost.adapters.fast_http.connection import Connection, Droppable
from waypost.adapters.fast_http.joined import JoiningTransport
from waypost.adapters.fast_http.pool import Pool
from waypost.base.asgi import Answer, CallerLeft, HeaderPairs
from waypost.base.errors import WaypostError
from waypost.base.log import get_logger
from waypost.kernel.calls.straight import Straight

_log = get_logger("waypost.http")
_BODILESS = (204, 304)
_FIRST_LINES = {status: STATUS_LINE[status] for status in STATUS_LINE if 200 <= status <= 599}
_LARGE = 64 * 1024


class Server(Protocol):
    """The caller's connection, as a lane sees it."""

    transport: asyncio.Transport
    joined: JoiningTransport
    """The same: what is held there, and then written, keeps its order."""
    loop: asyncio.AbstractEventLoop
    pipeline: deque[Any]
    flow: FlowControl
    server_state: ServerState
    owed: WaypostError | None
    """What is to be said after this answer, and then no more."""
    age: int

    def refusal(self, error: Exception, request_id: str) -> Answer:
        """Return the answer for an error."""
        ...

    def on_response_complete(self) -> None:
        """Go on with the next request."""
        ...


class Lane:
    """Carry calls one after the other; the server takes it for the cycle of a request.

    It is as many bytes behind the provider as the caller is slow: then it has the provider wait.
    """

    __slots__ = (
        "_call",
        "_chunked",
        "_held",
        "_is_head",
        "_pool",
        "_sent",
        "_server",
        "_settling",
        "connection",
        "disconnected",
        "keep_alive",
        "message_event",
        "more_body",
        "response_complete",
        "response_started",
        "stalled",
    )

    def __init__(self, server: Server, pool: Pool) -> None:
        self._server = server
        self._pool = pool
        self._call: Straight | None = None
        self._held: list[Any] = []
        self._settling: asyncio.Task[None] | None = None
        self._sent = 0
        self._is_head = self._chunked = False
        self.connection: Droppable | None = None
        self.stalled = False
        # What the server's own cycles have, and the server looks at.
        self.response_complete = True
        self.response_started = False
        self.disconnected = False
        self.keep_alive = True
        self.more_body = False
        self.message_event = asyncio.Event()

    def begin(self, call: Straight, *, keep_alive: bool) -> None:
        """Send a call."""
        self._call = call
        self._is_head = call.verb == b"HEAD"
        self._sent = 0
        self._chunked = False
        self.keep_alive = keep_alive
        self.response_complete = self.response_started = False
        common = call.common
        try:
            origin = self._pool.origin(common.origin)
        except WaypostError as error:
            self.on_failure(error)
            return
        verb = call.verb
        request = b"%b %b%b%b\r\n" % (verb, call.target, origin.middle, common.fields)
        self._pool.send(origin, self, verb, request, common.deadlines, is_repeatable=True)

    # ── from the provider ──────────────────────────────────────────────────────────────────────

    def on_connected(self) -> None:
        """See the request leave."""

    def on_head(self, status: int, headers: HeaderPairs, data: bytes, whole: bool) -> None:
        """Answer the caller, after what must be done first."""
        call = self._call
        assert call is not None
        if whole:
            self.connection = None
        settling = call.settling(status)
        if settling is None:
            self._answer(call, status, headers, data, whole)
            return
        if isinstance(self.connection, Connection):
            self.connection.pause()
        self._held = [(status, headers, data, whole)]
        self._settling = self._server.loop.create_task(settling)
        self._settling.add_done_callback(self._settled)

    def on_data(self, data: bytes, whole: bool) -> None:
        """Pass more of the body on."""
        if whole:
            self.connection = None
        if self._settling is not None:
            self._held.append((data, whole))
            return
        transport = self._server.joined
        if data and not self._is_head:
            self._sent += len(data)
            transport.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)
        if whole:
            if self._chunked:
                transport.write(b"0\r\n\r\n")
            self._finish()

    def on_failure(self, error: WaypostError) -> None:
        """Say why there is no answer; one that was begun is cut off."""
        self.connection = None
        if self._settling is not None:
            self._held.append(error)
            return
        if not self.response_started:
            self._refuse(error)
            return
        call, self._call = self._call, None
        self.response_complete = True
        if call is not None:
            _log.warning("answer_cut_off", request_id=call.request_id)
            call.ended(self._sent, error)
        self._server.transport.close()

    # ── from the caller ────────────────────────────────────────────────────────────────────────

    def leave(self) -> None:
        """The caller left: let go of the provider."""
        call, self._call = self._call, None
        self.response_complete = True
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.drop()
        if call is not None:
            call.ended(self._sent, CallerLeft())

    def stall(self) -> None:
        """Have the provider wait for the caller."""
        self.stalled = True
        if isinstance(self.connection, Connection):
            self.connection.pause()

    def flow(self) -> None:
        """Have the provider go on."""
        self.stalled = False
        if isinstance(self.connection, Connection) and self._settling is None:
            self.connection.resume()

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _answer(
        self, call: Straight, status: int, headers: HeaderPairs, data: bytes, whole: bool
    ) -> None:
        try:
            lines = call.answered(status, headers)
        except Exception as error:
            self._give_up(error)
            return
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        if self._is_head or status in _BODILESS:
            data = b""
        else:
            self._frame(lines, headers, data, whole)
        self.response_started = True
        self._sent = len(data)
        transport = self._server.joined
        if self._chunked and data:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        first = _FIRST_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
        if len(data) > _LARGE:
            transport.write(b"".join([first, *lines, b"\r\n"]))
            transport.write(data)
        else:
            transport.hold(b"".join([first, *lines, b"\r\n", data]))
        if whole:
            self._finish()
        elif self.stalled and isinstance(self.connection, Connection):
            self.connection.pause()

    def _frame(self, lines: list[bytes], headers: HeaderPairs, data: bytes, whole: bool) -> None:
        """Add the header line that says where the body ends, unless the provider's says it."""
        for name, _ in headers:
            if name == b"content-length":
                return
        if whole:
            lines.append(b"content-length: %d\r\n" % len(data))
        else:
            self._chunked = True
            lines.append(b"transfer-encoding: chunked\r\n")

    def _finish(self) -> None:
        call, self._call = self._call, None
        self.response_complete = True
        assert call is not None
        call.ended(self._sent, None)
        server = self._server
        if not self.keep_alive:
            server.transport.close()
        elif not server.pipeline and server.owed is None and not server.flow.read_paused:
            server.server_state.total_requests += 1
            server.age = 0
            return
        server.on_response_complete()

    def _refuse(self, error: Exception) -> None:
        call, self._call = self._call, None
        assert call is not None
        call.ended(0, error)
        answer = self._server.refusal(error, call.request_id)
        pairs = [
            *answer.headers,
            (b"content-length", b"%d" % len(answer.body)),
            (b"waypost-request-id", call.request_id.encode()),
        ]
        if not self.keep_alive:
            pairs.append((b"connection", b"close"))
        lines = b"".join([b"%b: %b\r\n" % pair for pair in pairs])
        body = b"" if self._is_head else answer.body
        self.response_started = self.response_complete = True
        self._server.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[answer.status], lines, body))
        if not self.keep_alive:
            self._server.transport.close()
        self._server.on_response_complete()

    def _give_up(self, error: Exception) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.drop()
        self._refuse(error)

    def _settled(self, task: "asyncio.Task[None]") -> None:
        """Go on with what came meanwhile."""
        self._settling = None
        held, self._held = self._held, []
        call = self._call
        if call is None:
            return
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or error is not None:
            self._give_up(error if isinstance(error, Exception) else CallerLeft())
            return
        self._answer(call, *held[0])
        for one in held[1:]:
            if self.response_complete:
                return
            if isinstance(one, WaypostError):
                self.on_failure(one)
            else:
                self.on_data(*one)
        if not self.stalled and isinstance(self.connection, Connection):
            self.connection.resume()
