"""The address that was checked is the address that is dialled, by both transports, for every trick.

127.0.0.2 stands for the public internet here, and 127.0.0.1 for what must not be reached: the same
port leads to either, and whoever is connected to on the inner side is seen.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.fast_http import dialing
from waypost.adapters.fast_http.client import FastClient
from waypost.adapters.http_client.client import HttpClient
from waypost.base.errors import AddressUnusable, ProviderUnreachable
from waypost.engine.transport import Deadlines, OutgoingRequest, Transport

pytestmark = pytest.mark.anyio

PUBLIC, INNER = "127.0.0.2", "127.0.0.1"
GUARD = AddressGuard([f"{PUBLIC}/32"])
REFUSED = (AddressUnusable, ProviderUnreachable)
CLIENTS: tuple[Callable[[AddressGuard], Any], ...] = (HttpClient, FastClient)


class Net:
    """Two servers on one port, and a resolver that answers by script."""

    def __init__(self) -> None:
        self.port = 0
        self.reached: list[str] = []
        self.answers: list[list[str]] = []
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached.append(writer.get_extra_info("sockname")[0])
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async def lookup(self, host: str, port: int, **_: Any) -> list[Any]:
        """Answer as getaddrinfo does, the last answer again and again."""
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            (
                socket.AF_INET6 if ":" in each else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (each, port),
            )
            for each in found
        ]


@pytest.fixture
async def net(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Net]:
    here = Net()
    inner = await asyncio.start_server(here.serve, INNER, 0)
    here.port = inner.sockets[0].getsockname()[1]
    public = await asyncio.start_server(here.serve, PUBLIC, here.port)
    yield here
    inner.close()
    public.close()


def script(net: Net, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    net.answers = list(answers)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", net.lookup)


async def get(client: Transport, url: str, body: bytes | None = None) -> int:
    verb = "GET" if body is None else "POST"
    headers = (("Host", "a.test"),)
    response = await client.send(OutgoingRequest(verb, url, headers, body), Deadlines())
    async for _ in response.chunks():
        pass
    await response.close()
    return response.status


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize("body", [None, b"x"])
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0127.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433"),
        *("017700000001", "0", "0.0.0.0", "127.0.0.1.", "127.0x1", "00000127.0.0.1"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
        *("[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]"),
        *("[::1%25lo]", "[fec0::1]", "169.254.169.254", "100.64.0.1", "10.0.0.1", "[fd00::1]"),
        *("\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1"),
        *("localhost", "localhost.", "LOCALHOST", "l\u24decalhost"),
    ],
)
async def test_no_spelling_leads_inside(
    net: Net, make: Callable[[AddressGuard], Any], host: str, body: bytes | None
) -> None:
    client = make(GUARD)
    try:
        with pytest.raises(REFUSED) as raised:
            await get(client, f"http://{host}:{net.port}/x", body)
    finally:
        await client.close()
    assert raised.value.details.get("sent") is False
    assert net.reached == []


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize(
    "url", ["http://127.0.0.2@127.0.0.1:{0}/", "http://127.0.0.2:{0}@127.0.0.1:{0}/"]
)
async def test_user_information_is_no_host(
    net: Net, make: Callable[[AddressGuard], Any], url: str
) -> None:
    client = make(GUARD)
    with pytest.raises(REFUSED):
        await get(client, url.format(net.port))
    await client.close()
    assert net.reached == []


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize("body", [None, b"x"])
async def test_a_name_that_turns_inward_after_it_was_checked(
    net: Net, make: Callable[[AddressGuard], Any], body: bytes | None, monkeypatch
) -> None:
    """Refuse DNS rebinding: the second answer, had it been asked for, would have led inside."""
    script(net, monkeypatch, [PUBLIC], [INNER])
    client = make(GUARD)
    assert await get(client, f"http://rebinds.test:{net.port}/", body) == 200
    assert (net.asked, net.reached) == (["rebinds.test"], [PUBLIC])
    await client.close()

    another = make(GUARD)  # which knows no name yet, as when what was known has grown old
    with pytest.raises(REFUSED, match="calls may not reach"):
        await get(another, f"http://rebinds.test:{net.port}/", body)
    await another.close()
    assert net.reached == [PUBLIC]


async def test_a_name_is_checked_again_when_it_is_asked_for_again(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(net, monkeypatch, [PUBLIC], [INNER])
    monkeypatch.setattr(dialing, "KEPT_SECONDS", 0.0)
    client = FastClient(GUARD)
    assert await get(client, f"http://rebinds.test:{net.port}/") == 200
    with pytest.raises(REFUSED, match="calls may not reach"):
        await get(client, f"http://rebinds.test:{net.port}/")
    await client.close()
    assert (net.asked, net.reached) == (["rebinds.test"] * 2, [PUBLIC])


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize("answer", [[INNER, PUBLIC], [PUBLIC, INNER], ["::1", INNER, PUBLIC]])
async def test_of_several_addresses_only_the_public_one_is_tried(
    net: Net, make: Callable[[AddressGuard], Any], answer: list[str], monkeypatch
) -> None:
    script(net, monkeypatch, answer)
    client = make(GUARD)
    assert await get(client, f"http://several.test:{net.port}/") == 200
    await client.close()
    assert net.reached == [PUBLIC]


@pytest.mark.parametrize("make", CLIENTS)
async def test_when_the_public_address_is_closed_no_inner_one_takes_its_place(
    net: Net, make: Callable[[AddressGuard], Any], monkeypatch
) -> None:
    script(net, monkeypatch, ["127.0.0.3", INNER])
    client = make(AddressGuard(["127.0.0.3/32"]))
    with pytest.raises(REFUSED):
        await get(client, f"http://several.test:{net.port}/")
    await client.close()
    assert net.reached == []


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize(
    "answer", ["::ffff:127.0.0.1", "fe80::1%1", "0.0.0.0", "169.254.169.254", "64:ff9b::7f00:1"]
)
async def test_what_a_name_resolves_to_is_unwrapped(
    net: Net, make: Callable[[AddressGuard], Any], answer: str, monkeypatch
) -> None:
    script(net, monkeypatch, [answer])
    client = make(GUARD)
    with pytest.raises(REFUSED, match="calls may not reach"):
        await get(client, f"http://wrapped.test:{net.port}/")
    await client.close()
    assert net.reached == []
