"""The transport: aiohttp's session for requests with a body, its pool alone for those without."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Callable

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.connections import (
    AddressRefused,
    bad_address,
    no_place,
    refused,
    room_for_connections,
)
from waypost.adapters.http_client.exchange import LONGEST_LINE, READ_SIZE, Exchange
from waypost.adapters.http_client.failures import (
    DRIVER_ERRORS,
    timed_out,
    translate,
)
from waypost.adapters.http_client.faithful import FaithfulRequest, ask_for
from waypost.adapters.http_client.response import HttpResponse
from waypost.base.errors import ProviderTimedOut
from waypost.engine.transport import Deadlines, OutgoingRequest

_LARGE = 1024 * 1024
_OURS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class GuardedResolver(AbstractResolver):
    """Resolve names and keep only permitted addresses; aiohttp dials exactly what this returns."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        permitted: list[ResolveResult] = [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in found
            if self._guard.permits(str(address[0]))
        ]
        if found and not permitted:
            raise AddressRefused(host)
        return permitted

    async def close(self) -> None:
        """Nothing to close."""


class HttpClient:
    """Implement `engine.transport.Transport` on one pooled aiohttp session."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        before_send: Callable[[], None] = lambda: None,
        most_connections: int | None = None,
    ) -> None:
        self._guard = guard
        self._before_send = before_send
        self._most_connections = most_connections or room_for_connections()
        self._opened: tuple[aiohttp.ClientSession, Exchange] | None = None
        self._timeouts: dict[Deadlines, aiohttp.ClientTimeout] = {}

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> HttpResponse:
        """Send once; see the port for what is raised.

        What a streamed body's own source raises comes out as it is.
        """
        self._before_send()
        session, exchange = self._open()
        prepared = exchange.prepare(request)
        if prepared is None:
            return await self._by_session(session, request, deadlines)
        try:
            return await exchange.send(prepared, deadlines)
        except TimeoutError as error:
            failure: Exception = self._late(error, deadlines, first_byte=True)
        except DRIVER_ERRORS as error:
            failure = translate(error)
        # Raised outside the handler: the driver's error knows the request, and so its credentials.
        raise failure

    async def _by_session(
        self, session: aiohttp.ClientSession, request: OutgoingRequest, deadlines: Deadlines
    ) -> HttpResponse:
        url = URL(request.url, encoded=True)
        self._check_literal(url)
        body = request.body
        source = None if body is None or isinstance(body, bytes) else _Source(body)
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(deadlines.first_byte) as waiting:
                if source is not None:
                    source.holds_up(waiting, deadlines.first_byte)
                answer = await session.request(
                    request.method,
                    ask_for(request.url, url),
                    headers=request.headers,
                    data=_whole(body) if source is None else source,
                    allow_redirects=False,
                    timeout=self._timeout(deadlines),
                )
                return HttpResponse(
                    answer.status,
                    answer.raw_headers,
                    answer.content,
                    deadlines=deadlines,
                    ends=began + deadlines.total,
                    drop=answer.close,
                )
        except TimeoutError as error:
            failure: Exception = self._late(error, deadlines, first_byte=waiting.expired())
        except DRIVER_ERRORS as error:
            failure = translate(error)
        finally:
            if source is not None:
                source.holds_up(None, 0.0)
        if source is not None and source.failure is not None:
            failure = source.failure
        failure.__context__ = None
        raise failure

    def _check_literal(self, url: URL) -> None:
        # aiohttp does not ask the resolver about a host that is an address already.
        try:
            host = url.host or ""
        except UnicodeError:  # letters that no name may hold
            raise bad_address() from None
        numeric = host.replace(".", "").isdigit() or ":" in host or host.lower().startswith("0x")
        if numeric and not self._guard.permits(host):
            raise refused(host)

    def _timeout(self, deadlines: Deadlines) -> aiohttp.ClientTimeout:
        found = self._timeouts.get(deadlines)
        if found is None:
            found = self._timeouts[deadlines] = aiohttp.ClientTimeout(
                total=deadlines.total, connect=deadlines.connect, sock_connect=deadlines.connect
            )
        return found

    def _late(
        self, error: Exception, deadlines: Deadlines, *, first_byte: bool
    ) -> ProviderTimedOut:
        if isinstance(error, aiohttp.ConnectionTimeoutError) and self._is_full():
            return no_place(self._most_connections, deadlines)
        return timed_out(error, deadlines, first_byte=first_byte)

    def _is_full(self) -> bool:
        connector = None if self._opened is None else self._opened[0].connector
        # The pool has no public word for it.
        return connector is not None and len(connector._acquired) >= self._most_connections

    def _open(self) -> tuple[aiohttp.ClientSession, Exchange]:
        if self._opened is None:
            connector = aiohttp.TCPConnector(
                resolver=GuardedResolver(self._guard),
                limit=self._most_connections,
                limit_per_host=0,
                ttl_dns_cache=30,
                keepalive_timeout=30,
            )
            session = aiohttp.ClientSession(
                connector=connector,
                request_class=FaithfulRequest,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_OURS,
                trust_env=False,
                read_bufsize=READ_SIZE,
                max_field_size=LONGEST_LINE,
                max_line_size=LONGEST_LINE,
            )
            self._opened = session, Exchange(session, connector, self._check_literal)
        return self._opened

    async def close(self) -> None:
        """Close every pooled connection."""
        if self._opened is not None:
            await self._opened[0].close()
            self._opened = None


def _whole(body: object) -> object:
    # A large one goes out piece by piece: aiohttp warns about bytes that it would write at once.
    return io.BytesIO(body) if isinstance(body, bytes) and len(body) > _LARGE else body


class _Source:
    """A streamed body on its way out: read once, and never by a second attempt of the driver."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self.failure: Exception | None = None
        self._chunks = chunks
        self._taken = False
        self._waiting: asyncio.Timeout | None = None
        self._seconds = 0.0

    def holds_up(self, waiting: asyncio.Timeout | None, seconds: float) -> None:
        """Let a deadline run only while the provider, not the body's source, is waited for."""
        self._waiting = waiting
        self._seconds = seconds

    def __aiter__(self) -> "_Source":
        if self._taken:
            raise aiohttp.ClientConnectionError("the body was sent already")
        self._taken = True
        return self

    async def __anext__(self) -> bytes:
        self._run(None)
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.failure = error
            raise
        finally:
            self._run(self._seconds)

    def _run(self, seconds: float | None) -> None:
        if self._waiting is not None and not self._waiting.expired():
            now = asyncio.get_running_loop().time()
            self._waiting.reschedule(None if seconds is None else now + seconds)
