"""One request, one response, and the two-method door to the network."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from waypost.base.errors import ProviderGarbled

Headers = tuple[tuple[str, str], ...]
"""Header pairs in order; names lower-case, repeated names allowed."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds granted to each stage of a call."""

    connect: float = 10.0
    first_byte: float = 60.0
    idle: float = 60.0
    total: float = 300.0


class OutgoingRequest(Struct, frozen=True):
    """A request ready for the wire; `url` is absolute and already encoded."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes | AsyncIterator[bytes] | None = None

    def __repr__(self) -> str:  # headers and query may hold credentials
        return f"OutgoingRequest({self.method})"


class ProviderResponse(Protocol):
    """What came back; the body is read once, and `close` is always called."""

    status: int
    headers: Headers

    def arrived(self) -> bytes | None:
        """Return the whole body if it is here already; None leaves it to `chunks`."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield body bytes exactly as they arrived, undecoded by the transport."""
        ...

    async def close(self) -> None:
        """Give the connection back, or drop it when the body was not read to its end."""
        ...


class Transport(Protocol):
    """The door to the network: send one request once, follow no redirect, decode nothing.

    Raises `ProviderUnreachable` or `ProviderTimedOut`; never a driver's own error. A
    `ProviderUnreachable` whose `details["sent"]` is False is certain to have had no effect. Raises
    `AddressUnusable` where the address may not be called or its name is not known: nothing was
    sent, and to try again is of no use.
    """

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> ProviderResponse:
        """Send and return as soon as the response's head has arrived."""
        ...

    async def close(self) -> None:
        """Close every pooled connection."""
        ...


class WholeResponse(Struct):
    """A response read to its end: what mappings, paging and errors look at."""

    status: int
    headers: Headers
    body: bytes
    sent_attempts: int = 1
    is_from_elsewhere: bool = False
    """Another host's answer, to which a redirect led: it says nothing about the account."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, by lower-case name."""
        return header(self.headers, name)


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of `name` (lower-case) among `headers`."""
    for key, value in headers:
        if key == name:
            return value
    return None


async def read_whole(response: ProviderResponse, limit: int) -> WholeResponse:
    """Read a response to its end, refusing more than `limit` bytes."""
    try:
        body = response.arrived()
        if body is None:
            body = await _collected(response, limit)
        elif len(body) > limit:
            raise _too_large(response, limit)
    finally:
        await response.close()
    return WholeResponse(response.status, response.headers, body)


async def _collected(response: ProviderResponse, limit: int) -> bytes:
    collected = bytearray()
    async for chunk in response.chunks():
        collected += chunk
        if len(collected) > limit:
            raise _too_large(response, limit)
    return bytes(collected)


def _too_large(response: ProviderResponse, limit: int) -> ProviderGarbled:
    return ProviderGarbled(
        f"The provider's answer is larger than {limit} bytes.", status=response.status
    )


__all__ = [
    "Deadlines",
    "Headers",
    "OutgoingRequest",
    "ProviderResponse",
    "Transport",
    "WholeResponse",
    "header",
    "read_whole",
]
