"""One request of the transport door: sent, perhaps piece by piece, and its answer handed out."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from waypost.adapters.fast_http.connection import Connection, Droppable
from waypost.adapters.fast_http.pool import Origin, Pool
from waypost.adapters.fast_http.spelling import is_chunked
from waypost.base.asgi import HeaderPairs
from waypost.engine.transport import Deadlines, Headers, OutgoingRequest

HIGH_WATER = 128 * 1024
"""Bytes of an answer that wait here before the provider is made to wait."""
REPEATABLE = frozenset({"GET", "HEAD"})


class Exchange:
    """The sink of one answer, and the answer itself; see `engine.transport.ProviderResponse`."""

    __slots__ = (
        "_buffered",
        "_data",
        "_deadlines",
        "_failure",
        "_head",
        "_pool",
        "_upload",
        "_wake",
        "_whole",
        "connection",
        "headers",
        "status",
    )

    def __init__(self, pool: Pool, deadlines: Deadlines) -> None:
        self._pool = pool
        self._deadlines = deadlines
        self._head: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wake: asyncio.Future[None] | None = None
        self._upload: asyncio.Task[None] | None = None
        self._data: deque[bytes] = deque()
        self._buffered = 0
        self._whole = False
        self._failure: Exception | None = None
        self.connection: Droppable | None = None
        self.status = 0
        self.headers: Headers = ()

    async def run(self, origin: Origin, request: OutgoingRequest, head: bytes) -> "Exchange":
        """Send and wait for the head of the answer."""
        body = request.body
        source = None if body is None or isinstance(body, bytes) else body
        chunked = is_chunked(request.headers)
        if source is not None:
            # With the first piece: a body that is refused at once shall have sent nothing.
            head += _framed(await anext(source, b""), chunked=chunked)
        self._pool.send(
            origin,
            self,
            request.method.encode(),
            head,
            self._deadlines,
            is_repeatable=body is None and request.method in REPEATABLE,
            uploading=source is not None,
        )
        try:
            if source is not None:
                self._upload = asyncio.ensure_future(self._send_body(source, chunked=chunked))
            await self._head
        except BaseException:
            self._let_go()
            raise
        return self

    # ── from the connection ────────────────────────────────────────────────────────────────────

    def on_connected(self) -> None:
        """See the request leave."""
        self._notify()

    def on_head(self, status: int, headers: HeaderPairs, data: bytes, whole: bool) -> None:
        """Take the head."""
        self.status = status
        self.headers = tuple(
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        )
        if data:
            self._keep(data)
        self._whole = whole
        if whole:
            self.connection = None
        if not self._head.done():
            self._head.set_result(None)

    def on_data(self, data: bytes, whole: bool) -> None:
        """Take more of the body."""
        if data:
            self._keep(data)
        self._whole = whole
        if whole:
            self.connection = None
        self._notify()

    def on_failure(self, error: Exception) -> None:
        """Learn that no more will come."""
        self.connection = None
        self._failure = error
        if not self._head.done():
            self._head.set_exception(error)
        self._notify()

    # ── for whoever reads ──────────────────────────────────────────────────────────────────────

    def arrived(self) -> bytes | None:
        """Return the whole body if it is here already."""
        if not self._whole:
            return None
        return b"".join(self._taken())

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield body bytes as they arrived."""
        while True:
            if self._data:
                for piece in self._taken():
                    yield piece
            elif self._failure is not None:
                raise self._failure
            elif self._whole:
                return
            else:
                if isinstance(self.connection, Connection):
                    self.connection.resume()
                await self._news()

    async def close(self) -> None:
        """Drop the connection when the body was not received to its end."""
        self._let_go()

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _keep(self, data: bytes) -> None:
        self._data.append(data)
        self._buffered += len(data)
        if self._buffered > HIGH_WATER and isinstance(self.connection, Connection):
            self.connection.pause()

    def _taken(self) -> list[bytes]:
        pieces = list(self._data)
        self._data.clear()
        self._buffered = 0
        return pieces

    def _notify(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _news(self) -> None:
        self._wake = asyncio.get_running_loop().create_future()
        try:
            await self._wake
        finally:
            self._wake = None

    def _let_go(self) -> None:
        connection, self.connection = self.connection, None
        if self._upload is not None:
            self._upload.cancel()
        if connection is not None:
            connection.drop()
        if self._head.done() and not self._head.cancelled():
            self._head.exception()  # whoever asked has it

    # ── a body in pieces ───────────────────────────────────────────────────────────────────────

    async def _send_body(self, source: AsyncIterator[bytes], *, chunked: bool) -> None:
        while not isinstance(self.connection, Connection):
            if self._failure is not None:
                return
            await self._news()
        connection = self.connection
        try:
            await self._pour(connection, source, chunked=chunked)
        except Exception as error:
            # Of the source; what the connection has to say comes through `on_failure`.
            if self.connection is connection:
                connection.drop()
                self.on_failure(error)

    async def _pour(
        self, connection: Connection, source: AsyncIterator[bytes], *, chunked: bool
    ) -> None:
        writable = connection.writable = asyncio.Event()
        writable.set()
        while True:
            connection.held_up = True
            piece = await anext(source, None)
            connection.held_up = False
            connection.touch()
            if connection is not self.connection:
                return
            if piece is None:
                break
            if piece:
                connection.transport.write(_framed(piece, chunked=chunked))
                await writable.wait()
        if chunked:
            connection.transport.write(b"0\r\n\r\n")
        connection.uploading = False


def _framed(piece: bytes, *, chunked: bool) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece) if chunked and piece else piece
