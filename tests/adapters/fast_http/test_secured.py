"""TLS on a socket of our own: every byte arrives, in order, however slow somebody is."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.certificates import Authority, make_authority

from waypost.adapters.fast_http.secured import HIGH, LOW, RECORD, SecureTransport, shake_hands

pytestmark = pytest.mark.anyio
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LARGE = bytes(range(256)) * 32 * 1024
"""8 MB: more than all the buffers between the two take."""


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("authority")
    return make_authority(folder)


class Spoken(asyncio.Protocol):
    """Keep what comes."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.told: list[str] = []
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.came = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.told.append("made")

    def data_received(self, data: bytes) -> None:
        self.got += data
        self.came.set()

    def eof_received(self) -> None:
        self.told.append("eof")

    def pause_writing(self) -> None:
        self.told.append("wait")

    def resume_writing(self) -> None:
        self.told.append("go on")

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)

    async def has(self, size: int) -> bytes:
        while len(self.got) < size:
            self.came.clear()
            await self.came.wait()
        return bytes(self.got)


@asynccontextmanager
async def spoken(
    authority: Authority, serve: Serve
) -> AsyncIterator[tuple[Spoken, SecureTransport]]:
    """Give a connection to a TLS server."""
    served: list[asyncio.Future[None]] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended = asyncio.get_running_loop().create_future()
        served.append(ended)
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass  # what a test's end leaves unread
        finally:
            writer.close()
            ended.set_result(None)

    server = await asyncio.start_server(
        accept, "127.0.0.1", 0, ssl=authority.server("localhost"), limit=2**24
    )
    loop = asyncio.get_running_loop()
    plain = socket.create_connection(server.sockets[0].getsockname())
    plain.setblocking(False)
    secure = await shake_hands(loop, plain, authority.client(), "localhost")
    protocol = Spoken()
    transport = SecureTransport(loop, secure, protocol)
    try:
        yield protocol, transport
    finally:
        transport.abort()
        await protocol.lost
        server.close()
        await asyncio.gather(*served)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


@pytest.mark.parametrize("size", [1, RECORD - 1, RECORD, RECORD + 1, 5 * RECORD, len(LARGE)])
async def test_what_is_written_comes_back(authority: Authority, size: int) -> None:
    async with spoken(authority, echo) as (protocol, transport):
        transport.write(LARGE[:size])
        assert await protocol.has(size) == LARGE[:size]
        transport.writelines([b"and ", bytearray(b"on")])
        assert (await protocol.has(size + 6))[size:] == b"and on"
        assert transport.get_write_buffer_size() == 0


async def test_who_writes_faster_than_it_is_read_is_told_to_wait(authority: Authority) -> None:
    goes_on = asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await goes_on.wait()
        await echo(reader, writer)

    async with spoken(authority, late) as (protocol, transport):
        transport.write(LARGE)
        waiting = transport.get_write_buffer_size()
        assert waiting > HIGH
        assert protocol.told == ["made", "wait"]
        transport.write(b"the end")
        goes_on.set()
        assert await protocol.has(len(LARGE) + 7) == LARGE + b"the end"
        assert protocol.told == ["made", "wait", "go on"]
        assert transport.get_write_buffer_limits() == (LOW, HIGH)


async def test_who_does_not_read_is_given_nothing(authority: Authority) -> None:
    async with spoken(authority, echo) as (protocol, transport):
        transport.write(b"one")
        await protocol.has(3)
        transport.pause_reading()
        assert not transport.is_reading()
        transport.pause_reading()
        transport.write(LARGE)
        for _ in range(20):
            await asyncio.sleep(0)
        assert bytes(protocol.got) == b"one"
        transport.resume_reading()
        transport.resume_reading()
        assert (await protocol.has(len(LARGE) + 3))[3:] == LARGE


async def test_a_record_that_was_read_and_not_taken_is_not_forgotten(authority: Authority) -> None:
    """What TLS holds already makes no socket readable."""
    async with spoken(authority, echo) as (protocol, transport):
        transport.write(LARGE[: 40 * RECORD])
        for size in range(1, 40):
            await protocol.has(size * RECORD)
            transport.pause_reading()
            transport.resume_reading()
        assert await protocol.has(40 * RECORD) == LARGE[: 40 * RECORD]


async def test_everything_is_sent_before_it_closes(authority: Authority) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.read(-1))

    async with spoken(authority, hear) as (protocol, transport):
        transport.write(LARGE)
        transport.close()
        transport.close()
        assert transport.is_closing()
        transport.write(b"too late")
        assert await heard == LARGE
        assert await protocol.lost is None


async def test_the_other_side_ends(authority: Authority) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(LARGE)

    async with spoken(authority, say) as (protocol, transport):
        assert await protocol.lost is None
        assert bytes(protocol.got) == LARGE
        assert protocol.told == ["made", "eof"]
        assert transport.is_closing()


async def test_the_other_side_breaks_off(authority: Authority) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        found = writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with spoken(authority, reset) as (protocol, transport):
        transport.write(LARGE)
        assert isinstance(await protocol.lost, OSError)
        transport.write(b"nobody hears")
        assert transport.get_write_buffer_size() == 0


async def test_what_is_given_up_waits_for_nothing(authority: Authority) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.set_result(await reader.read(-1))
        except OSError:
            heard.set_result(b"")

    async with spoken(authority, hear) as (protocol, transport):
        transport.write(LARGE)
        transport.abort()
        assert await protocol.lost is None
        assert len(await heard) < len(LARGE)


async def test_hands_that_are_not_shaken_leave_nothing_open(authority: Authority) -> None:
    loop = asyncio.get_running_loop()
    here, there = socket.socketpair()
    here.setblocking(False)
    with there:
        there.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(ssl.SSLError):
            await shake_hands(loop, here, authority.client(), "localhost")
    assert here.fileno() == -1
