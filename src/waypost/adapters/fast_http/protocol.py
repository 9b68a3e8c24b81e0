"""The server's protocol with a straight way: calls that need no waiting pass without the application."""

import asyncio
from typing import Any, ClassVar

from waypost.adapters.fast_http.lane import Lane
from waypost.adapters.fast_http.manners import CarefulProtocol, Refusal, Sweep
from waypost.adapters.fast_http.pool import Pool
from waypost.base.asgi import Answer
from waypost.kernel.calls.straight import Decide

PREFIX = b"/passthrough/"


class FastProtocol(CarefulProtocol):
    """Let calls pass straight to the provider; leave everything else to the application.

    Subclasses are made by `fast`, which gives them their class variables.
    """

    decide: ClassVar[Decide]
    pool: ClassVar[Pool]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        self._lane: Lane | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection, and what was under way on it."""
        lane = self._lane
        if lane is not None and not lane.response_complete:
            lane.leave()
        super().connection_lost(exc)

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
                call = type(self).decide(parser.get_method(), self.url, self.headers)
                if call is not None:
                    self.in_head = False
                    self.headers = []
                    lane = self._lane
                    if lane is None:
                        lane = self._lane = Lane(self, self.pool)
                    self.cycle = lane
                    lane.begin(call, keep_alive=parser.should_keep_alive())
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
    given: dict[str, Any] = {"refusal_of": staticmethod(refusal), "sweep": Sweep(idle_seconds)}
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
    }
    return type("Protocol", (FastProtocol,), given)
