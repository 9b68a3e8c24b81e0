"""Who gets a connection, who waits, and what becomes of those nobody uses."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.support.raw_provider import RawProvider, answering, writing
from tests.support.raw_provider import raw_provider as serve_raw

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.fast_http import pool as room
from waypost.adapters.fast_http.client import FastClient
from waypost.base.errors import ProviderTimedOut, ProviderUnreachable
from waypost.engine.transport import Deadlines, OutgoingRequest, read_whole

pytestmark = pytest.mark.anyio
LOOPBACK = AddressGuard(["127.0.0.0/8"])
OPEN_END = writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")


@pytest.fixture
def provider() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


@pytest.fixture
def other() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[FastClient]:
    made = FastClient(LOOPBACK, most_connections=3, most_each=2)
    yield made
    await made.close()


def to(provider: RawProvider) -> OutgoingRequest:
    return OutgoingRequest("GET", f"{provider.url}/x")


async def test_one_provider_does_not_take_every_place(
    provider: RawProvider, other: RawProvider, client: FastClient
) -> None:
    provider.behave(OPEN_END)
    held = [await client.send(to(provider), Deadlines()) for _ in range(2)]
    with pytest.raises(ProviderTimedOut, match="busy"):
        await client.send(to(provider), Deadlines(connect=0.1))
    assert (await client.send(to(other), Deadlines(connect=1))).status == 200
    for response in held:
        await response.close()
    provider.behave(answering(200, b"ok"))
    assert (await read_whole(await client.send(to(provider), Deadlines()), 9)).body == b"ok"


async def test_who_waits_longest_is_next(provider: RawProvider) -> None:
    client = FastClient(LOOPBACK, most_connections=1)
    provider.behave(OPEN_END)
    held = await client.send(to(provider), Deadlines())
    provider.behave(lambda exchange: exchange.answer(200, exchange.target.encode()))
    order: list[int] = []

    async def ask(number: int) -> None:
        request = OutgoingRequest("GET", f"{provider.url}/{number}")
        await read_whole(await client.send(request, Deadlines()), 100)
        order.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(8):
            tasks.create_task(ask(number))
        await asyncio.sleep(0)
        await held.close()
    assert order == list(range(8))
    assert provider.connections <= 2
    await client.close()


async def test_who_gives_up_waiting_is_passed_over(provider: RawProvider) -> None:
    client = FastClient(LOOPBACK, most_connections=1)
    provider.behave(OPEN_END)
    held = await client.send(to(provider), Deadlines())
    gone = asyncio.ensure_future(client.send(to(provider), Deadlines()))
    await asyncio.sleep(0)
    last = asyncio.ensure_future(client.send(to(provider), Deadlines()))
    await asyncio.sleep(0)
    gone.cancel()
    provider.behave(answering(200, b"ok"))
    await held.close()
    assert (await read_whole(await last, 9)).body == b"ok"
    assert len(provider.received) == 2
    await client.close()


async def test_an_idle_place_goes_to_another_provider(
    provider: RawProvider, other: RawProvider
) -> None:
    client = FastClient(LOOPBACK, most_connections=2, most_each=2)
    responses = [await client.send(to(provider), Deadlines()) for _ in range(2)]
    for response in responses:
        await read_whole(response, 100)
    both = [asyncio.ensure_future(client.send(to(other), Deadlines(connect=2))) for _ in range(2)]
    for each in both:
        assert (await read_whole(await each, 100)).status == 200
    assert client.pool._open <= 2
    await client.close()


async def test_what_nobody_uses_is_closed(
    provider: RawProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(room, "LONGEST_LOOK", 0.02)
    client = FastClient(LOOPBACK)
    client.pool._every = 0.02
    await read_whole(await client.send(to(provider), Deadlines()), 100)
    assert client.pool._open == 1
    for _ in range(100):
        if client.pool._open == 0:
            break
        await asyncio.sleep(0.02)
    assert client.pool._open == 0
    await asyncio.sleep(0.06)
    assert client.pool._timer is None, "nothing is looked at, so nobody looks"


async def test_a_connection_that_was_closed_while_idle_is_not_used(provider: RawProvider) -> None:
    client = FastClient(LOOPBACK)
    provider.behave(writing(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", close=True))
    request = OutgoingRequest("POST", f"{provider.url}/x", (), b"x")
    for _ in range(3):
        assert (await read_whole(await client.send(request, Deadlines()), 9)).status == 200
        await asyncio.sleep(0.05)
    assert len(provider.received) == 3
    await client.close()


async def test_closing_ends_what_is_under_way(provider: RawProvider) -> None:
    client = FastClient(LOOPBACK, most_connections=1)
    provider.behave(lambda exchange: exchange.caller_left())
    both = [asyncio.ensure_future(client.send(to(provider), Deadlines())) for _ in range(2)]
    for _ in range(100):
        if provider.received:
            break
        await asyncio.sleep(0.01)
    await client.close()
    for each in both:
        with pytest.raises(ProviderUnreachable):
            await each
    await asyncio.sleep(0)
    assert client.pool.busy == 0


async def test_places_that_are_forgotten_are_bounded(
    client: FastClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_ORIGINS", 10)
    for number in range(50):
        client.pool.origin(f"http://127.0.0.1:{number + 1}")
    assert len(client.pool._origins) <= 10
