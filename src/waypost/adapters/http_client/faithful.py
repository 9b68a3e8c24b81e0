"""aiohttp's request with a head of exactly the bytes that were handed in."""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

_is_bare: ContextVar[bool] = ContextVar("is_bare", default=False)


def ask_for(text: str, url: URL) -> URL:
    """Return `url`, and let this task's next request keep a question mark with nothing after it.

    A URL object has no place for that mark.
    """
    _is_bare.set(text.endswith("?") and not url.raw_query_string)
    return url


class FaithfulRequest(aiohttp.ClientRequest):
    """A request whose headers, held as Latin-1, leave as the bytes they stand for.

    aiohttp writes UTF-8, in which a caller's other bytes cannot be said at all.
    """

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Write the request; see aiohttp."""
        protocol = conn.protocol
        is_bare = _is_bare.get()
        is_plain = not is_bare and all(value.isascii() for value in self.headers.values())
        if protocol is not None and protocol.transport is not None and not is_plain:
            protocol.transport = _HeadFirst(protocol, protocol.transport, is_bare)  # type: ignore[assignment]
        return await super().send(conn)


class _HeadFirst:
    """Stand before a connection's transport until the head has passed, and put that right."""

    def __init__(self, protocol: Any, transport: Any, is_bare: bool) -> None:
        self._protocol = protocol
        self._transport = transport
        self._is_bare = is_bare

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def writelines(self, chunks: Iterable[bytes]) -> None:
        """Write the head and what follows it at once."""
        self.write(b"".join(chunks))

    def write(self, data: bytes) -> None:
        """Write the head, which always comes first and whole."""
        self._protocol.transport = self._transport
        head, end, rest = bytes(data).partition(b"\r\n\r\n")
        line, _, fields = head.decode().encode("latin-1").partition(b"\r\n")
        if self._is_bare:
            target, _, version = line.rpartition(b" ")
            line = target + b"? " + version
        self._transport.write(line + b"\r\n" + fields + end + rest)
