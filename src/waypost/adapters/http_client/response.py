"""A streamed answer."""

import asyncio
from collections.abc import AsyncIterator, Callable

from aiohttp import StreamReader

from waypost.adapters.http_client.failures import DRIVER_ERRORS, silent, translate
from waypost.base.errors import WaypostError
from waypost.engine.transport import Deadlines, Headers

RawHeaders = tuple[tuple[bytes, bytes], ...]


class HttpResponse:
    """A streamed answer; see `engine.transport.ProviderResponse`.

    `ends` is the loop time of the total deadline; `drop` breaks the connection off, which gives
    itself back at the body's end.
    """

    __slots__ = ("_content", "_deadlines", "_drop", "_ends", "headers", "status")

    def __init__(
        self,
        status: int,
        headers: RawHeaders,
        content: StreamReader,
        *,
        deadlines: Deadlines,
        ends: float,
        drop: Callable[[], None],
    ) -> None:
        self.status = status
        self.headers: Headers = tuple(
            [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
        )
        self._content = content
        self._deadlines = deadlines
        self._ends = ends
        self._drop = drop

    def arrived(self) -> bytes | None:
        """Return the whole body if it is here already."""
        content = self._content
        if content.is_eof() and content.exception() is None:
            return content.read_nowait()
        return None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield body bytes as they arrived."""
        now = asyncio.get_running_loop().time
        while True:
            left = self._ends - now()
            idle = min(self._deadlines.idle, left)
            try:
                async with asyncio.timeout(idle) as waiting:
                    chunk = await self._content.readany()
            except TimeoutError:
                failure: WaypostError = silent(
                    self._deadlines, idle=waiting.expired() and idle < left
                )
                break
            except DRIVER_ERRORS as error:
                failure = translate(error)
                break
            if not chunk:
                return
            yield chunk
        raise failure  # outside the handlers, see HttpClient.send

    async def close(self) -> None:
        """Drop the connection when the body was not received to its end."""
        if not self._content.is_eof() or self._content.exception() is not None:
            self._drop()
