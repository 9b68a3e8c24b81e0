"""One connection to a provider: a request at a time, its answer told in as few words as possible."""

import asyncio
from typing import Any, Protocol

import httptools

from waypost.adapters.fast_http import failures
from waypost.adapters.fast_http.together import Together
from waypost.adapters.fast_http.whole import read_whole
from waypost.base.asgi import HeaderPairs
from waypost.base.errors import WaypostError
from waypost.engine.transport import Deadlines

LONGEST_HEAD = 64 * 1024
MOST_HEADERS = 256
MOST_INTERIM = 32
"""How many 1xx answers may come before the answer itself."""

_WAITING, _BODY, _DONE = range(3)


class Droppable(Protocol):
    """What may be given up."""

    def drop(self) -> None:
        """Give it up; nothing is told any more."""
        ...


class Sink(Protocol):
    """Whoever waits for an answer; `connection` is the pool's to set."""

    connection: Droppable | None

    def on_connected(self) -> None:
        """Learn that the request, which had to wait for a connection, is on its way."""
        ...

    def on_head(self, status: int, headers: HeaderPairs, data: bytes, whole: bool) -> None:
        """Take the head, the part of the body that came with it, and whether that is all of it."""
        ...

    def on_data(self, data: bytes, whole: bool) -> None:
        """Take more of the body."""
        ...

    def on_failure(self, error: WaypostError) -> None:
        """Learn that there will be no answer, or no more of it."""
        ...


class Keeper(Protocol):
    """The pool, as a connection sees it."""

    def give_back(self, connection: "Connection") -> None:
        """Take a connection that is ready for another request."""
        ...

    def lose(self, connection: "Connection") -> None:
        """Forget a connection that is closed."""
        ...

    def again(self, connection: "Connection", sink: Sink) -> None:
        """Send what this connection was to send on a fresh one."""
        ...


class Connection(asyncio.Protocol):
    """Speak HTTP/1.1 to one provider.

    `since` is when something last happened, in the event loop's time, `began` when the request was
    sent; the pool's sweep compares both with `deadlines`.
    """

    __slots__ = (
        "_close",
        "_dirty",
        "_heard",
        "_interim",
        "_loop",
        "_parser",
        "_pieces",
        "_size",
        "_stage",
        "_status",
        "_together",
        "_told",
        "began",
        "deadlines",
        "headers",
        "held_up",
        "is_held",
        "is_repeatable",
        "keeper",
        "origin",
        "paused",
        "request",
        "since",
        "sink",
        "transport",
        "uploading",
        "used",
        "verb",
        "writable",
    )

    def __init__(
        self, keeper: Keeper, origin: Any, loop: asyncio.AbstractEventLoop, together: Together
    ) -> None:
        self.keeper = keeper
        self.origin = origin
        self._loop = loop
        self._together = together
        self._parser: Any = httptools.HttpResponseParser(self)
        self.transport: asyncio.Transport = None  # type: ignore[assignment]
        self.sink: Sink | None = None
        self.used = 0
        self.since = self.began = 0.0
        self.deadlines = Deadlines()
        self.request = b""
        self.verb = b""
        self.is_repeatable = False
        self.is_held = False
        self.paused = False
        self.held_up = self.uploading = False
        self.writable: asyncio.Event | None = None
        self.headers: HeaderPairs = []
        self._pieces: list[bytes] = []
        self._stage = _DONE
        self._status = 0
        self._interim = 0
        self._size = 0
        self._heard = self._told = self._close = self._dirty = False

    # ── for whoever sends ──────────────────────────────────────────────────────────────────────

    def begin(
        self,
        sink: Sink,
        verb: bytes,
        request: bytes,
        deadlines: Deadlines,
        *,
        is_repeatable: bool,
        uploading: bool = False,
    ) -> None:
        """Send a request, or the first part of one; the connection is idle."""
        self.sink = sink
        self.verb = verb
        self.request = request
        self.is_repeatable = is_repeatable
        self.deadlines = deadlines
        self.since = self.began = self._loop.time()
        self.used += 1
        self.uploading = uploading
        self.held_up = False
        self._stage = _WAITING
        self._told = self._heard = False
        self._interim = self._size = 0
        if uploading:
            self.transport.write(request)
        else:
            self.is_held = True
            self._together.add(self._leave)

    def _leave(self) -> None:
        """Send what was begun, unless it was given up, or the provider has closed meanwhile."""
        if self.is_held and not self.transport.is_closing():
            self.is_held = False
            self.transport.write(self.request)

    def touch(self) -> None:
        """Have the deadlines count from now on."""
        self.since = self._loop.time()

    def drop(self) -> None:
        """Close the connection; whoever waited does not wait any more."""
        self.sink = None
        self.is_held = False
        self._stage = _DONE
        self._dirty = True
        self.transport.abort()

    def fail(self, error: WaypostError) -> None:
        """Close the connection and say why."""
        sink = self.sink
        self.drop()
        if sink is not None:
            sink.on_failure(error)

    def pause(self) -> None:
        """Read no more until `resume`: whoever takes the answer is slower than the provider."""
        if not self.paused and self._stage == _BODY and not self.transport.is_closing():
            self.paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self.paused:
            self.paused = False
            self.since = self._loop.time()
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def late(self, now: float) -> str | None:
        """Return which deadline has passed, if one has."""
        deadlines = self.deadlines
        if now - self.began > deadlines.total:
            return "total"
        if self.paused or self.held_up:
            return None
        if self._stage == _WAITING:
            return "first_byte" if now - self.since > deadlines.first_byte else None
        return "idle" if now - self.since > deadlines.idle else None

    # ── from the event loop ────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer."""
        if self.sink is None:  # nobody asked
            self.drop()
            return
        if self.is_held:  # nobody has asked yet
            self.transport.abort()
            return
        if not self._heard:
            self._heard = True
            if self.verb == b"GET" and (answer := read_whole(data)) is not None:
                self._answered(*answer)
                return
        in_head = self._stage == _WAITING
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:  # an upgrade that nobody asked for is one, too
            self.fail(failures.no_http())
            return
        if in_head:
            self._size += len(data)
            if self._size > LONGEST_HEAD and self._is_head_too_long():
                self.fail(failures.no_http())
                return
            if self._stage == _WAITING:
                return
        if self.verb == b"HEAD":
            self._end_head(data)
        self._report()

    def eof_received(self) -> None:
        """See the provider close its half; what that means is said when the connection is lost."""

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        sink, self.sink = self.sink, None
        is_whole = exc is None and self._stage == _BODY and self._ends_with_connection()
        stage, self._stage = self._stage, _DONE
        self._parser = None
        self._dirty = True
        self.keeper.lose(self)
        if self.writable is not None:
            self.writable.set()
        if sink is None:
            return
        if is_whole:
            sink.on_data(b"", True)
        elif stage == _BODY:
            sink.on_failure(failures.broken_off())
        elif self.used > 1 and (self.is_repeatable or self.is_held) and not self._heard:
            self.is_held = False
            self.keeper.again(self, sink)
        else:
            sink.on_failure(failures.dropped())

    def pause_writing(self) -> None:
        """Have whoever streams a body wait."""
        if self.writable is not None:
            self.writable.clear()

    def resume_writing(self) -> None:
        """Have whoever streams a body go on."""
        if self.writable is not None:
            self.writable.set()

    # ── from the parser ────────────────────────────────────────────────────────────────────────

    def on_message_begin(self) -> None:
        """Begin an answer; one too many tells that the two sides do not mean the same answers."""
        if self._stage == _WAITING:
            self.headers = []
            self._close = False
        else:
            self._dirty = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; after the body it is a trailer, which ends here."""
        if self._stage != _WAITING:
            return
        name = name.lower()
        if name == b"transfer-encoding" and value.strip().lower() != b"chunked":
            raise ValueError("an answer coded for one hop, in a way nobody asked for")
        self.headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Take the end of a head."""
        if self._stage != _WAITING:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self._interim += 1
            if status == 101 or self._interim > MOST_INTERIM:
                raise ValueError("nobody asked for that")
            return
        if len(self.headers) > MOST_HEADERS:
            raise ValueError("too many headers")
        self._status = status
        self._close = not self._parser.should_keep_alive()
        self._stage = _BODY

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        if self._stage == _BODY:
            self._pieces.append(data)

    def on_message_complete(self) -> None:
        """Take the end of an answer, unless it was a 1xx."""
        if self._stage == _BODY:
            self._stage = _DONE

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _is_head_too_long(self) -> bool:
        if self._stage == _WAITING:
            return True
        return sum(len(name) + len(value) for name, value in self.headers) > LONGEST_HEAD

    def _end_head(self, data: bytes) -> None:
        """End the answer to a HEAD, of which the parser knows nothing: no body follows its head."""
        if self._pieces or self._dirty or not data.endswith(b"\r\n\r\n"):
            self._pieces = []
            self._dirty = True
        if self._stage == _BODY:
            self._close = self._says_close()
            self._stage = _DONE
            self._parser = httptools.HttpResponseParser(self)

    def _says_close(self) -> bool:
        said = [value.lower() for name, value in self.headers if name == b"connection"]
        return self._parser.get_http_version() != "1.1" or any(b"close" in one for one in said)

    def _ends_with_connection(self) -> bool:
        return not any(
            name in (b"content-length", b"transfer-encoding") for name, _ in self.headers
        )

    def _answered(self, status: int, headers: HeaderPairs, body: bytes) -> None:
        """Tell of an answer that is all there; the parser has not seen it."""
        sink = self.sink
        assert sink is not None
        self._close = False
        self._stage = _DONE
        self._end()
        sink.on_head(status, headers, body, True)

    def _report(self) -> None:
        sink = self.sink
        assert sink is not None
        pieces = self._pieces
        if pieces:
            data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            self._pieces = []
        else:
            data = b""
        whole = self._stage == _DONE
        headers, is_first = self.headers, not self._told
        if whole:
            self._end()
        else:
            self.since = self._loop.time()
            self._told = True
        if is_first:
            sink.on_head(self._status, headers, data, whole)
        elif data or whole:
            sink.on_data(data, whole)

    def _end(self) -> None:
        """Be ready for another request, or close."""
        self.sink = None
        self.request = b""
        if self.paused:
            self.resume()
        if self._close or self._dirty or self.uploading:
            self._dirty = True
            self.transport.close()
        else:
            self.keeper.give_back(self)
