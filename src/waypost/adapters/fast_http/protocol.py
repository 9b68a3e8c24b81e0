"""The server's protocol with a straight way: calls that need no waiting pass without the application."""

import asyncio
from typing import Any, ClassVar

from waypost.adapters.fast_http.lane import Lane
from waypost.adapters.fast_http.manners import CarefulProtocol, Refusal, Sweep
from waypost.adapters.fast_http.pool import Pool
from waypost.adapters.fast_http.together import Together
from waypost.base.asgi import Answer, HeaderPairs
from waypost.kernel.calls.straight import CallerHead, Decide, Straight

PREFIX = b"/passthrough/"
MOST_HEADS = 1024
LONGEST_KEPT = 4096
_PLAIN = b"GET /passthrough/"
_VERSION = b" HTTP/1.1"
_END = b"\r\n\r\n"


class KeptHead(CallerHead):
    """A head that was parsed, and whether its connection stays."""

    __slots__ = ("keep_alive",)

    def __init__(self, pairs: HeaderPairs, *, keep_alive: bool) -> None:
        super().__init__(pairs)
        self.keep_alive = keep_alive


class Heads:
    """What callers repeat word for word: all of a GET but its first line, parsed once.

    A client's headers are the same from call to call, and to parse them is half of what a straight
    call costs on this side. Only what the parser took for one whole request without a body is kept.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, KeptHead] = {}
        self.find = self._known.get

    def keep(self, data: bytes, head: KeptHead) -> None:
        """Keep the head of a request that was sent alone, in one piece."""
        line, _, rest = data.partition(b"\r\n")
        if len(rest) > LONGEST_KEPT or not line.endswith(_VERSION) or _END in rest[:-4]:
            return
        if len(self._known) >= MOST_HEADS:
            self._known.clear()
        self._known[rest] = head


class FastProtocol(CarefulProtocol):
    """Let calls pass straight to the provider; leave everything else to the application.

    Subclasses are made by `fast`, which gives them their class variables.
    """

    decide: ClassVar[Decide]
    pool: ClassVar[Pool]
    heads: ClassVar[Heads]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        self._lane: Lane | None = None
        self._alone: bytes | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection, and what was under way on it."""
        lane = self._lane
        if lane is not None and not lane.response_complete:
            lane.leave()
        super().connection_lost(exc)
        self._lane = None

    def data_received(self, data: bytes) -> None:
        """Take what a caller sends; what is known word for word needs no parser."""
        if self.in_head or not data.startswith(_PLAIN) or not data.endswith(_END):
            super().data_received(data)
            return
        if (self.cycle is None or self.cycle.response_complete) and not self._is_refused:
            line, _, rest = data.partition(b"\r\n")
            head = self.heads.find(rest)
            if head is not None and line.endswith(_VERSION):
                call = type(self).decide(b"GET", line[4:-9], head)
                if call is not None:
                    self._pass(call, keep_alive=head.keep_alive)
                    return
            self._alone = data
        super().data_received(data)
        self._alone = None

    def _pass(self, call: Straight, *, keep_alive: bool) -> None:
        lane = self._lane
        if lane is None:
            lane = self._lane = Lane(self, self.pool)
        self.cycle = lane
        self.age = 0
        lane.begin(call, keep_alive=keep_alive)

    def on_message_begin(self) -> None:
        """Begin a request; what only the application needs is made when it gets the request."""
        self.in_head = True
        self.age = 0
        self._head_size = 0
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Let a request pass, or hand it to the application."""
        if self.url.startswith(PREFIX) and (self.cycle is None or self.cycle.response_complete):
            parser = self.parser
            if parser.get_http_version() == "1.1" and not parser.should_upgrade():
                head = KeptHead(self.headers, keep_alive=parser.should_keep_alive())
                call = type(self).decide(parser.get_method(), self.url, head)
                if call is not None:
                    self.in_head = False
                    self.headers = []
                    if self._alone is not None:
                        self.heads.keep(self._alone, head)
                    self._pass(call, keep_alive=head.keep_alive)
                    return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Take the end of a request; one on the straight way has none to wait for."""
        if self.cycle is not self._lane:
            super().on_message_complete()

    def pause_writing(self) -> None:
        """Have the provider wait for the caller."""
        super().pause_writing()
        if self._lane is not None:
            self._lane.stall()

    def resume_writing(self) -> None:
        """Have the provider go on."""
        super().resume_writing()
        if self._lane is not None:
            self._lane.flow()

    def refusal(self, error: Exception, request_id: str) -> Answer:
        """Return the answer for an error."""
        return type(self).refusal_of(error, request_id)


def careful(refusal: Refusal, *, idle_seconds: float) -> type[CarefulProtocol]:
    """Return the server's protocol for one process, without the straight way."""
    given: dict[str, Any] = {
        "refusal_of": staticmethod(refusal),
        "sweep": Sweep(idle_seconds),
        "together": Together(),
    }
    return type("Protocol", (CarefulProtocol,), given)


def fast(
    refusal: Refusal, decide: Decide, pool: Pool, *, idle_seconds: float
) -> type[CarefulProtocol]:
    """Return the server's protocol for one process, with the straight way."""
    given: dict[str, Any] = {
        "refusal_of": staticmethod(refusal),
        "sweep": Sweep(idle_seconds),
        "decide": staticmethod(decide),
        "pool": pool,
        "together": pool.together,
        "heads": Heads(),
    }
    return type("Protocol", (FastProtocol,), given)
