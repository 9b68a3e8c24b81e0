"""Where a provider is, whether it may be reached, and that it is who it says it is."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.support.certificates import make_authority

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.fast_http.client import FastClient
from waypost.adapters.fast_http.dialing import Dialer, Place, place_of
from waypost.base.errors import AddressUnusable, ProviderUnreachable
from waypost.engine.transport import Deadlines, OutgoingRequest, read_whole

pytestmark = pytest.mark.anyio
LOOPBACK = AddressGuard(["127.0.0.0/8"])


@pytest.mark.parametrize(
    ("origin", "place"),
    [
        ("http://a.test", Place("a.test", 80, False, b"a.test")),
        ("https://a.test", Place("a.test", 443, True, b"a.test")),
        ("https://A.test:443", Place("a.test", 443, True, b"a.test")),
        ("http://a.test:443", Place("a.test", 443, False, b"a.test:443")),
        ("http://[::1]:8", Place("::1", 8, False, b"[::1]:8")),
        ("http://b\u00fccher.test", Place("xn--bcher-kva.test", 80, False, b"xn--bcher-kva.test")),
    ],
)
def test_places(origin: str, place: Place) -> None:
    assert place_of(origin) == place


@pytest.mark.parametrize(
    "origin",
    [
        *("ftp://a.test", "http://", "http://:80", "http://a.test:0x50", "http://a.test:99999"),
        *("http://u:p@a.test", "http://a.test@b.test", "http://a b", "http://a\\b", "http://[::1"),
    ],
)
def test_what_is_no_place(origin: str) -> None:
    with pytest.raises(ProviderUnreachable, match="not valid"):
        place_of(origin)


async def test_a_name_is_resolved_once_and_only_to_what_may_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def lookup(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("10.0.0.1", "127.0.0.1", "169.254.169.254")
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lookup)
    dialer = Dialer(LOOPBACK.permits, None)
    place = place_of("http://a.test")
    assert await dialer._addresses(place) == ["127.0.0.1"]
    assert await dialer._addresses(place) == ["127.0.0.1"]
    assert asked == ["a.test"]
    with pytest.raises(AddressUnusable, match="may not reach"):
        await Dialer(AddressGuard().permits, None).dial(place, asyncio.Protocol)


@asynccontextmanager
async def secure_server(context: ssl.SSLContext, seen: list[Any]) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        spoken = writer.get_extra_info("ssl_object")
        seen.append(spoken.selected_alpn_protocol())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        await writer.drain()
        writer.close()

    def note_name(_: Any, name: str | None, __: Any) -> None:
        seen.append(name)

    context.sni_callback = note_name
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_secure_provider_is_named_and_verified(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    seen: list[Any] = []
    async with secure_server(authority.server("localhost"), seen) as port:
        context = authority.client()
        context.set_alpn_protocols(["http/1.1"])
        client = FastClient(LOOPBACK, context=context)
        request = OutgoingRequest("GET", f"https://localhost:{port}/x")
        assert (await read_whole(await client.send(request, Deadlines()), 100)).body == b"secret"
        assert seen == ["localhost", "http/1.1"]
        await client.close()


@pytest.mark.parametrize("named", ["other.test", "127.0.0.2"])
async def test_a_certificate_of_another_is_refused(tmp_path: Path, named: str) -> None:
    authority = make_authority(tmp_path)
    async with secure_server(authority.server(named), []) as port:
        client = FastClient(LOOPBACK, context=authority.client())
        for host in ("localhost", "127.0.0.1"):
            request = OutgoingRequest("GET", f"https://{host}:{port}/x")
            with pytest.raises(ProviderUnreachable, match="certificate is not valid") as caught:
                await client.send(request, Deadlines())
            assert caught.value.details["sent"] is False
            assert caught.value.__context__ is caught.value.__cause__ is None
        await client.close()


async def test_an_authority_nobody_knows_is_refused(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    async with secure_server(authority.server("localhost"), []) as port:
        client = FastClient(LOOPBACK)
        request = OutgoingRequest("GET", f"https://localhost:{port}/x")
        with pytest.raises(ProviderUnreachable, match="certificate is not valid"):
            await client.send(request, Deadlines())
        assert Dialer(LOOPBACK.permits, None)._tls().verify_mode is ssl.CERT_REQUIRED
        await client.close()


async def test_who_does_not_speak_tls_is_refused() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()
        with suppress(ConnectionError):  # what it said was not read to the end
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = FastClient(LOOPBACK)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ProviderUnreachable, match="No secure connection") as caught:
        await client.send(OutgoingRequest("GET", f"https://127.0.0.1:{port}/x"), Deadlines())
    assert caught.value.details["sent"] is False
    assert client.pool._open == 0
    await client.close()
    server.close()


async def test_a_closed_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = FastClient(LOOPBACK)
    for _ in range(3):
        with pytest.raises(ProviderUnreachable, match="refused the connection") as caught:
            await client.send(OutgoingRequest("GET", f"http://127.0.0.1:{port}/x"), Deadlines())
        assert caught.value.details["sent"] is False
    assert client.pool._open == 0
    await client.close()
