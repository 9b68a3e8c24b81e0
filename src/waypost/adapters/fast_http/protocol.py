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
_TARGET_AT = len(b"GET ")
_PATH_AT = len(_PLAIN)
_VERSION = b" HTTP/1.1\r\n"
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
        """Keep the head of a GET that was sent alone, in one piece: what follows its target."""
        rest = data[data.find(b" ", _TARGET_AT) :]
        if len(rest) > LONGEST_KEPT or not rest.startswith(_VERSION) or _END in rest[:-4]:
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
        self._decide: Decide = type(self).decide
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
        if data[:_PATH_AT] != _PLAIN or data[-4:] != _END or self.in_head:
            super().data_received(data)
            return
        cycle = self.cycle
        if (cycle is None or cycle.response_complete) and not self._is_refused:
            ends = data.find(b" ", _PATH_AT)
            head = self.heads.find(data[ends:])
            if head is not None:
                call = self._decide(b"GET", data[_TARGET_AT:ends], head)
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
        lane.begin(call, keep_alive=keep_alive and not self._is_last)

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
                call = self._decide(parser.get_method(), self.url, head)
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


def careful(refusal: Refusal, *, idle_seconds: float, last_seconds: float) -> type[CarefulProtocol]:
    """Return the server's protocol for one process, without the straight way."""
    given: dict[str, Any] = {
        "refusal_of": staticmethod(refusal),
        "sweep": Sweep(idle_seconds),
        "last_seconds": last_seconds,
        "together": Together(),
    }
    return type("Protocol", (CarefulProtocol,), given)


def fast(
    refusal: Refusal, decide: Decide, pool: Pool, *, idle_seconds: float, last_seconds: float
) -> type[CarefulProtocol]:
    """Return the server's protocol for one process, with the straight way."""
    given: dict[str, Any] = {
        "refusal_of": staticmethod(refusal),
        "sweep": Sweep(idle_seconds),
        "last_seconds": last_seconds,
        "decide": staticmethod(decide),
        "pool": pool,
        "together": pool.together,
        "heads": Heads(),
    }
    return type("Protocol", (FastProtocol,), given)
