"""Requests without a body on aiohttp's pool and parser, past its session."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage
from yarl import URL

from waypost.adapters.http_client.response import HttpResponse
from waypost.base.errors import ProviderTimedOut
from waypost.engine.transport import Deadlines, OutgoingRequest

# A session's request costs 72 to 85 µs of CPU, of which the pool, the connection and the parser are
# 24 (one core, loopback, uvloop, 3 KB): the rest makes request and response objects, merges headers,
# cookies and defaults, and sets four timers. Nothing of that concerns a request without a body whose
# headers are complete. What has a body, or is unusual in any way, goes through the session.
METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_ORIGINS = 4096
LONGEST_LOOK = 0.25
READ_SIZE = 64 * 1024
LONGEST_LINE = 64 * 1024
_UNSAFE = re.compile(r"[^\x21-\x7e]|#")
_SWITCHING = 101


@dataclass(frozen=True, slots=True)
class _Origin:
    """A scheme, host and port: what aiohttp's pool knows it by, and its Host line."""

    key: aiohttp.ClientRequest
    host: str


class Prepared(NamedTuple):
    """A request of the plain kind, ready to be written."""

    origin: _Origin
    method: str
    head: bytes


class Exchange:
    """Send requests without a body and read the head of their answers.

    `check` is asked once about every new origin and raises for one that must not be called.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        connector: aiohttp.BaseConnector,
        check: Callable[[URL], None],
    ) -> None:
        self._connector = connector
        self._session = session
        # Kept, because asyncio.get_running_loop asks the system for the process id every time.
        self._loop = asyncio.get_running_loop()
        self._check = check
        self._origins: dict[str, _Origin] = {}
        self._timeouts: dict[Deadlines, aiohttp.ClientTimeout] = {}
        self._patience = _Patience(self._loop)
        self._kept: WeakSet[ResponseHandler] = WeakSet()

    def prepare(self, request: OutgoingRequest) -> Prepared | None:
        """Return a request of the plain kind as bytes, None for any other; raises as `check` does."""
        url, method = request.url, request.method
        at = url.find("/", url.find("://") + 3)
        if request.body is not None or method not in METHODS or at < 0 or _UNSAFE.search(url):
            return None
        origin = self._origins.get(url[:at]) or self._meet(url[:at])
        if origin is None:
            return None
        fields = "".join([f"{name}: {value}\r\n" for name, value in request.headers])
        head = f"{method} {url[at:]} HTTP/1.1\r\nHost: {origin.host}\r\n{fields}\r\n"
        lines = len(request.headers) + 3
        forged = head.count("\n") != lines or head.count("\r") != lines or "\0" in head
        if forged or "\nhost:" in head:
            return None  # refused, or written with care, by the session
        return Prepared(origin, method, head.encode("latin-1"))

    def _meet(self, text: str) -> _Origin | None:
        url = URL(text, encoded=True)
        if url.scheme not in ("http", "https") or not url.raw_host or str(url.origin()) != text:
            return None
        self._check(url)
        if len(self._origins) >= MOST_ORIGINS:
            self._origins.clear()
        key = aiohttp.ClientRequest("GET", url, loop=self._loop, session=self._session)
        self._origins[text] = origin = _Origin(key, key.headers["Host"])
        return origin

    async def send(self, request: Prepared, deadlines: Deadlines) -> HttpResponse:
        """Send once, and once more when a kept connection turns out to have been closed.

        Raises ProviderTimedOut, TimeoutError and the driver's errors.
        """
        began = self._loop.time()
        while True:
            connection = await self._connect(request.origin, deadlines)
            protocol = connection.protocol
            is_kept = protocol in self._kept
            try:
                return await self._answer(connection, request, deadlines, began)
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
                if not is_kept:
                    raise

    async def _connect(self, origin: _Origin, deadlines: Deadlines) -> Connection:
        try:
            return await self._connector.connect(
                origin.key, traces=[], timeout=self._timeout(deadlines)
            )
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError from error

    def _timeout(self, deadlines: Deadlines) -> aiohttp.ClientTimeout:
        found = self._timeouts.get(deadlines)
        if found is None:
            found = aiohttp.ClientTimeout(connect=deadlines.connect, sock_connect=deadlines.connect)
            self._timeouts[deadlines] = found
        return found

    async def _answer(
        self, connection: Connection, request: Prepared, deadlines: Deadlines, began: float
    ) -> HttpResponse:
        protocol = connection.protocol
        assert protocol is not None
        self._patience.begin(protocol, deadlines, began)
        try:
            message, content = await _ask(protocol, request)
        except BaseException:
            connection.close()
            raise
        finally:
            self._patience.end(protocol)
        self._kept.add(protocol)
        content.on_eof(connection.release)
        return HttpResponse(
            message.code,
            message.raw_headers,
            content,
            deadlines=deadlines,
            ends=began + deadlines.total,
            drop=connection.close,
        )


async def _ask(
    protocol: ResponseHandler, request: Prepared
) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """Write a request and return the head of its answer, past any 1xx before it."""
    if protocol.transport is None:
        raise aiohttp.ServerDisconnectedError
    protocol.set_response_params(
        skip_payload=request.method == "HEAD",
        read_until_eof=True,
        auto_decompress=False,
        read_bufsize=READ_SIZE,
        max_line_size=LONGEST_LINE,
        max_field_size=LONGEST_LINE,
    )
    protocol.transport.write(request.head)
    while True:
        message, content = await protocol.read()
        if message.code == _SWITCHING:
            raise aiohttp.ClientConnectionError("nobody asked to switch protocols")
        if message.code >= 200:
            return message, content


class _Patience:
    """End waits for answers that do not begin, all of them by one timer: one each takes 4 µs.

    A wait ends late by a quarter of its deadline at most, and by a quarter of a second.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._every = LONGEST_LOOK
        self._waits: dict[ResponseHandler, tuple[float, Deadlines]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, protocol: ResponseHandler, deadlines: Deadlines, began: float) -> None:
        """Limit the wait on a connection; `began` is the event loop's time."""
        seconds = min(deadlines.first_byte, deadlines.total)
        self._waits[protocol] = (began + seconds, deadlines)
        self._every = min(self._every, seconds / 4)
        if self._timer is None:
            self._timer = self._loop.call_later(self._every, self._look)

    def end(self, protocol: ResponseHandler) -> None:
        """Forget a wait."""
        del self._waits[protocol]

    def _look(self) -> None:
        now = self._loop.time()
        for protocol, (latest, deadlines) in list(self._waits.items()):
            if latest <= now:
                protocol.set_exception(_too_late(deadlines))
        self._timer = self._loop.call_later(self._every, self._look) if self._waits else None


def _too_late(deadlines: Deadlines) -> ProviderTimedOut:
    if deadlines.total < deadlines.first_byte:
        return ProviderTimedOut(deadline="total", seconds=deadlines.total)
    return ProviderTimedOut(deadline="first_byte", seconds=deadlines.first_byte)
