"""One connection to the server: commands pipelined per tick, and never opened again by itself.

A driver's pool would connect again behind our back, perhaps to a server that was restarted and has
forgotten who holds what. Here a broken line stays broken, and whoever opens the next one knows.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.exceptions import RedisError, ResponseError

from waypost.base.log import get_logger
from waypost.base.tasks import BackgroundTasks

CONNECT_SECONDS = 2.0
_log = get_logger("waypost.valkey")


class LineBroken(Exception):
    """The server is away; nothing is known about commands that were not answered."""


class Line:
    """Commands and their answers, in order."""

    def __init__(self, connection: AbstractConnection, tasks: BackgroundTasks) -> None:
        self._connection = connection
        self._unsent: list[tuple[Any, ...]] = []
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._to_send = asyncio.Event()
        self._to_read = asyncio.Event()
        self._broken = asyncio.Event()
        self.is_broken = False
        self._work = [
            tasks.start(self._until_broken(self._write), name="valkey_write"),
            tasks.start(self._until_broken(self._read), name="valkey_read"),
        ]
        tasks.start(self._close(), name="valkey_close")

    async def ask(self, *command: Any) -> Any:
        """Send a command with this tick's others and return its answer; raises LineBroken."""
        if self.is_broken:
            raise LineBroken
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._unsent.append(command)
        self._waiting.append(answer)
        self._to_send.set()
        self._to_read.set()
        return await answer

    async def _write(self) -> None:
        await self._to_send.wait()
        self._to_send.clear()
        commands, self._unsent = self._unsent, []
        packed = self._connection.pack_commands(commands)
        if not self._connection.is_connected:
            raise EOFError  # the driver would connect anew
        try:
            await self._connection.send_packed_command(packed, check_health=False)
        except AttributeError:
            # Its reading half noticed the end, and let go of the socket under its writing half.
            raise EOFError from None

    async def _read(self) -> None:
        await self._to_read.wait()
        try:
            reply = await self._connection.read_response()
        except ResponseError as error:
            _log.error("budget_server_refused", message=str(error))
            reply = None  # a server that does not understand us is as good as none
        answer = self._waiting.popleft()
        if not self._waiting:
            self._to_read.clear()
        if reply is None:
            self._waiting.appendleft(answer)
            raise EOFError
        if not answer.done():
            answer.set_result(reply)

    async def _until_broken(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            while not self.is_broken:
                await act()
        except (RedisError, OSError, EOFError) as error:
            _log.warning("budget_server_lost", error=type(error).__name__)
        finally:
            self.break_off()

    def break_off(self) -> None:
        """Close, and tell all who wait."""
        self.is_broken = True
        self._broken.set()
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(LineBroken())

    async def _close(self) -> None:
        try:
            await self._broken.wait()
        finally:
            self.break_off()
            for work in self._work:
                work.cancel()
            await self._connection.disconnect(nowait=True)


async def open_line(url: str, tasks: BackgroundTasks) -> Line:
    """Connect, sign in and choose the database that the URL names; raises LineBroken."""
    settings: dict[str, Any] = dict(parse_url(url))
    kind: type[AbstractConnection] = settings.pop("connection_class", Connection)
    connection = kind(**settings, protocol=2, socket_connect_timeout=CONNECT_SECONDS)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await connection.connect()  # type: ignore[no-untyped-call]
    except (RedisError, OSError, TimeoutError) as error:
        raise LineBroken(type(error).__name__) from None
    return Line(connection, tasks)
