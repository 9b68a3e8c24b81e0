"""Both transports, provider behaviours to meet them with, and what a caller of them learns."""

from collections.abc import Callable
from typing import Protocol

from tests.support.raw_provider import Behaviour, Exchange, answering, writing

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.fast_http.client import FastClient
from waypost.adapters.http_client import HttpClient
from waypost.base.errors import ProviderError
from waypost.engine.transport import Deadlines, OutgoingRequest, Transport, read_whole

LOOPBACK = ("127.0.0.0/8",)
HEADERS = (("x-own", "a, b"), ("authorization", "Bearer k"), ("x-own", "again"), ("accept", "*/*"))
LIMIT = 1024 * 1024


class Made(Protocol):
    """Make a transport that may reach these networks, with room for so many connections."""

    def __call__(
        self,
        *allowed: str,
        most: int | None = None,
        before_send: Callable[[], None] = lambda: None,
    ) -> Transport: ...


def plain(
    *allowed: str, most: int | None = None, before_send: Callable[[], None] = lambda: None
) -> Transport:
    """Return the transport on aiohttp."""
    return HttpClient(AddressGuard(allowed), most_connections=most, before_send=before_send)


def fast(
    *allowed: str, most: int | None = None, before_send: Callable[[], None] = lambda: None
) -> Transport:
    """Return the transport on the pool of our own."""
    guard = AddressGuard(allowed)
    return FastClient(guard, most_connections=most, most_each=most, before_send=before_send)


TRANSPORTS: dict[str, Made] = {"plain": plain, "fast": fast}


def busy(client: Transport) -> int:
    """Return how many connections are in use."""
    if isinstance(client, FastClient):
        return client.pool.busy
    assert isinstance(client, HttpClient)
    assert client._opened is not None
    return len(client._opened[0].connector._acquired)  # type: ignore[union-attr]


async def told(client: Transport, request: OutgoingRequest, deadlines: Deadlines) -> object:
    """Return what a caller of the transport learns, errors included."""
    try:
        response = await read_whole_of(client, request, deadlines)
    except ProviderError as error:
        return type(error), error.message, error.details
    return response


async def read_whole_of(
    client: Transport, request: OutgoingRequest, deadlines: Deadlines
) -> object:
    whole = await read_whole(await client.send(request, deadlines), LIMIT)
    return whole.status, whole.headers, whole.body


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: \xe9\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
)
BEHAVIOURS: dict[str, Behaviour] = {
    "page": answering(200, {"data": [1]}, X_Twice="1"),
    "large": answering(200, b"x" * 300_000),
    "chunked": writing(CHUNKED),
    "until the end": writing(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nrest", close=True),
    "interim": writing(
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    ),
    "nothing": writing(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "unchanged": writing(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'),
    "compressed": answering(200, b"\x1f\x8bnot really", Content_Encoding="gzip"),
    "redirect": answering(302, b"", Location="/elsewhere"),
    "refusal": answering(503, b"busy", Retry_After="3"),
    "not http": writing(b"SSH-2.0-x\r\n\r\n", close=True),
    "broken off": writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", close=True),
    "silence": writing(b"", close=True),
}


def late(part: bytes) -> Callable[[Exchange], None]:
    def behave(exchange: Exchange) -> None:
        exchange.send(part)
        assert exchange.caller_left()

    return behave
