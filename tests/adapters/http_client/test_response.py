"""A streamed answer and its end."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.support.raw_provider import Exchange, RawProvider, answering, writing
from tests.support.raw_provider import raw_provider as serve_raw

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.http_client import HttpClient
from waypost.base.errors import ProviderTimedOut, ProviderUnreachable
from waypost.engine.transport import Deadlines, OutgoingRequest

pytestmark = pytest.mark.anyio
BODIES = [None, b"x"]
"""A request without a body takes the short way, one with a body the driver's session."""


@pytest.fixture
def provider() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient(AddressGuard(["127.0.0.0/8"]))
    yield made
    await made.close()


async def asked(client: HttpClient, provider: RawProvider, body: bytes | None, **limits: float):
    verb = "GET" if body is None else "POST"
    request = OutgoingRequest(verb, f"{provider.url}/x", (), body)
    return await client.send(request, Deadlines(**limits))


@pytest.mark.parametrize("body", BODIES)
async def test_headers_keep_order_bytes_and_repetitions(provider, client, body) -> None:
    provider.behave(
        writing(
            b"HTTP/1.1 200 OK\r\nX-B: \xe9\r\nSet-Cookie: a\r\nset-cookie: b\r\nContent-Length: 0\r\n\r\n"
        )
    )
    response = await asked(client, provider, body)
    assert response.headers == (
        ("x-b", "é"),
        ("set-cookie", "a"),
        ("set-cookie", "b"),
        ("content-length", "0"),
    )
    assert [chunk async for chunk in response.chunks()] == []
    await response.close()


@pytest.mark.parametrize("body", BODIES)
async def test_nothing_is_decoded(provider, client, body) -> None:
    provider.behave(answering(200, b"\x1f\x8bodd", Content_Encoding="gzip"))
    response = await asked(client, provider, body)
    assert b"".join([chunk async for chunk in response.chunks()]) == b"\x1f\x8bodd"
    assert response.arrived() in (b"", None)
    await response.close()


@pytest.mark.parametrize("body", BODIES)
async def test_connection_goes_back_after_the_end(provider, client, body) -> None:
    for _ in range(3):
        response = await asked(client, provider, body)
        async for _chunk in response.chunks():
            pass
        await response.close()
    assert provider.connections == 1


@pytest.mark.parametrize("body", BODIES)
async def test_connection_is_dropped_before_the_end(provider, client, body) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")
        assert exchange.caller_left()

    provider.behave(behave)
    response = await asked(client, provider, body)
    assert response.arrived() is None
    async for chunk in response.chunks():
        assert chunk == b"ab"
        break
    await response.close()
    provider.behave(answering(200))
    await (await asked(client, provider, body)).close()
    assert provider.connections == 2


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("limits", "named"), [({"idle": 0.1}, "idle"), ({"idle": 5, "total": 0.15}, "total")]
)
async def test_silence_in_the_middle(provider, client, body, limits, named) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")
        exchange.caller_left()

    provider.behave(behave)
    response = await asked(client, provider, body, **limits)
    coming = response.chunks()
    assert await anext(coming) == b"ab"
    with pytest.raises(ProviderTimedOut) as caught:
        await anext(coming)
    assert caught.value.deadline == named
    await response.close()


@pytest.mark.parametrize("body", BODIES)
async def test_end_that_never_comes(provider, client, body) -> None:
    provider.behave(writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", close=True))
    response = await asked(client, provider, body)
    coming = response.chunks()
    assert await anext(coming) == b"ab"
    with pytest.raises(ProviderUnreachable, match="broke off"):
        await anext(coming)
    await response.close()
