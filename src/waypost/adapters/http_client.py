"""The transport on aiohttp: one pool, the address guard, and one table that translates its errors."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from waypost.adapters.addresses import AddressGuard
from waypost.base.errors import ProviderError, ProviderTimedOut, ProviderUnreachable
from waypost.engine.transport import Deadlines, Headers, OutgoingRequest

_OURS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_READ_SIZE = 64 * 1024


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


class AddressRefused(OSError):
    """The name resolves only to addresses that outgoing calls may not reach."""


class HttpClient:
    """Implement `engine.transport.Transport` on one pooled aiohttp session."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        before_send: Callable[[], None] = lambda: None,
        connections_per_host: int = 100,
    ) -> None:
        self._guard = guard
        self._before_send = before_send
        self._per_host = connections_per_host
        self._session: aiohttp.ClientSession | None = None
        self._timeouts: dict[Deadlines, aiohttp.ClientTimeout] = {}

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> "HttpResponse":
        """Send once; see the port for what is raised.

        What a streamed body's own source raises comes out as it is.
        """
        self._before_send()
        url = URL(request.url, encoded=True)
        self._check_literal(url)
        body = request.body
        source = None if body is None or isinstance(body, bytes) else _Source(body)
        try:
            async with asyncio.timeout(deadlines.first_byte) as waiting:
                if source is not None:
                    source.holds_up(waiting, deadlines.first_byte)
                answer = await self._open().request(
                    request.method,
                    url,
                    headers=request.headers,
                    data=body if source is None else source,
                    allow_redirects=False,
                    timeout=self._timeout(deadlines),
                )
                return HttpResponse(answer, deadlines)
        except TimeoutError as error:
            failure: Exception = _timed_out(error, deadlines, first_byte=waiting.expired())
        except (aiohttp.ClientError, OSError) as error:
            failure = translate(error)
        finally:
            if source is not None:
                source.holds_up(None, 0.0)
        # Raised outside the handler: the driver's error knows the request, and so its credentials.
        if source is not None and source.failure is not None:
            failure = source.failure
        failure.__context__ = None
        raise failure

    def _check_literal(self, url: URL) -> None:
        # aiohttp does not ask the resolver about a host that is an address already.
        host = url.host or ""
        numeric = host.replace(".", "").isdigit() or ":" in host or host.lower().startswith("0x")
        if numeric and not self._guard.permits(host):
            raise ProviderUnreachable(
                f"The address {host} is not one that outgoing calls may reach "
                "(the operator can allow it with WAYPOST_ALLOW_ADDRESSES).",
                details={"sent": False},
            )

    def _timeout(self, deadlines: Deadlines) -> aiohttp.ClientTimeout:
        found = self._timeouts.get(deadlines)
        if found is None:
            found = self._timeouts[deadlines] = aiohttp.ClientTimeout(
                total=deadlines.total, sock_connect=deadlines.connect
            )
        return found

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=GuardedResolver(self._guard),
                limit=0,
                limit_per_host=self._per_host,
                ttl_dns_cache=30,
                keepalive_timeout=30,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_OURS,
                trust_env=False,
                read_bufsize=_READ_SIZE,
                max_field_size=64 * 1024,
                max_line_size=64 * 1024,
            )
        return self._session

    async def close(self) -> None:
        """Close every pooled connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class HttpResponse:
    """A streamed answer; see `engine.transport.ProviderResponse`."""

    __slots__ = ("_answer", "_deadlines", "_finished", "headers", "status")

    def __init__(self, answer: aiohttp.ClientResponse, deadlines: Deadlines) -> None:
        self._answer = answer
        self._deadlines = deadlines
        self._finished = False
        self.status: int = answer.status
        self.headers: Headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in answer.raw_headers
        )

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield body bytes as they arrived."""
        while True:
            try:
                async with asyncio.timeout(self._deadlines.idle) as waiting:
                    chunk = await self._answer.content.readany()
            except TimeoutError:
                failure: ProviderError = _silent(self._deadlines, idle=waiting.expired())
                break
            except (aiohttp.ClientError, OSError) as error:
                failure = translate(error)
                break
            if not chunk:
                self._finished = True
                return
            yield chunk
        raise failure  # outside the handlers, see HttpClient.send

    async def close(self) -> None:
        """Give the connection back, or drop it when the body was not read to its end."""
        if self._finished:
            self._answer.release()
        else:
            self._answer.close()


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


def _timed_out(error: Exception, deadlines: Deadlines, *, first_byte: bool) -> ProviderTimedOut:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        failure = ProviderTimedOut(deadline="connect", seconds=deadlines.connect)
        failure.details["sent"] = False
        return failure
    if first_byte:
        return ProviderTimedOut(deadline="first_byte", seconds=deadlines.first_byte)
    return ProviderTimedOut(deadline="total", seconds=deadlines.total)


def _silent(deadlines: Deadlines, *, idle: bool) -> ProviderTimedOut:
    if idle:
        return ProviderTimedOut(deadline="idle", seconds=deadlines.idle)
    return ProviderTimedOut(deadline="total", seconds=deadlines.total)


# Most specific first: (driver's error, what to say, whether the request may have been sent).
_TRANSLATIONS: tuple[tuple[type[BaseException], str, bool], ...] = (
    (AddressRefused, "The provider's name resolves to an address that calls may not reach.", False),
    (aiohttp.ClientConnectorCertificateError, "The provider's certificate is not valid.", False),
    (aiohttp.ClientConnectorSSLError, "No secure connection to the provider could be made.", False),
    (aiohttp.ClientConnectorDNSError, "The provider's name could not be resolved.", False),
    (aiohttp.ClientConnectorError, "The provider refused the connection.", False),
    (
        aiohttp.ServerDisconnectedError,
        "The provider closed the connection without answering.",
        True,
    ),
    (aiohttp.ClientPayloadError, "The provider's answer broke off.", True),
    (aiohttp.ClientResponseError, "The provider's answer is not valid HTTP.", True),
    (aiohttp.InvalidURL, "The provider's address is not valid.", False),
    (aiohttp.ClientError, "The connection to the provider failed.", True),
    (OSError, "The connection to the provider failed.", True),
)


def translate(error: BaseException) -> ProviderError:
    """Return our error for a driver's; the driver's own text may hold URLs and is dropped."""
    cause: Any = error
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(
        error.os_error, AddressRefused
    ):
        cause = error.os_error
    for kind, message, sent in _TRANSLATIONS:
        if isinstance(cause, kind):
            return ProviderUnreachable(message, details={"sent": sent})
    return ProviderUnreachable(details={"sent": True})
