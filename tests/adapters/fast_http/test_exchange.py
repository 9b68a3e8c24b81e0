"""The answers of the transport door: the same as the plain transport's, on the wire and back."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import pytest
from tests.support.raw_provider import Behaviour, Exchange, RawProvider, answering, writing
from tests.support.raw_provider import raw_provider as serve_raw

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.fast_http.client import FastClient
from waypost.adapters.fast_http.exchange import HIGH_WATER
from waypost.adapters.http_client import HttpClient
from waypost.base.errors import ProviderError, ProviderTimedOut, ProviderUnreachable
from waypost.engine.transport import Deadlines, OutgoingRequest, Transport, read_whole

LOOPBACK = ("127.0.0.0/8",)
HEADERS = (("x-own", "a, b"), ("authorization", "Bearer k"), ("x-own", "again"), ("accept", "*/*"))
LIMIT = 1024 * 1024


@pytest.fixture
def provider() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


async def told(client: Transport, request: OutgoingRequest, deadlines: Deadlines) -> object:
    """Return what a caller of the transport learns, errors included."""
    try:
        response = await read_whole_of(client, request, deadlines)
    except ProviderError as error:
        return type(error), error.message, error.details
    return response


async def read_whole_of(
    client: Transport, request: OutgoingRequest, deadlines: Deadlines
) -> object:
    whole = await read_whole(await client.send(request, deadlines), LIMIT)
    return whole.status, whole.headers, whole.body


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: \xe9\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
)
BEHAVIOURS: dict[str, Behaviour] = {
    "page": answering(200, {"data": [1]}, X_Twice="1"),
    "large": answering(200, b"x" * 300_000),
    "chunked": writing(CHUNKED),
    "until the end": writing(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nrest", close=True),
    "interim": writing(
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    ),
    "nothing": writing(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "unchanged": writing(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'),
    "compressed": answering(200, b"\x1f\x8bnot really", Content_Encoding="gzip"),
    "redirect": answering(302, b"", Location="/elsewhere"),
    "refusal": answering(503, b"busy", Retry_After="3"),
    "not http": writing(b"SSH-2.0-x\r\n\r\n", close=True),
    "broken off": writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", close=True),
    "silence": writing(b"", close=True),
}


BODIES: dict[str, Callable[[], bytes | AsyncIterator[bytes] | None]] = {
    "none": lambda: None,
    "whole": lambda: b"abc",
    "empty": lambda: b"",
    "pieces": lambda: pieces(b"ab", b"", b"c" * 1000),
}


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def said(head: bytes) -> list[bytes]:
    """Return a head in lower case, the line that frames a body last: aiohttp writes its own."""
    line, *fields = head.lower().split(b"\r\n")
    framing = (b"content-length:", b"transfer-encoding:")
    return [line, *sorted(fields, key=lambda field: field.startswith(framing))]


@pytest.mark.anyio
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("name", "verb"),
    [
        *((name, verb) for name in BEHAVIOURS for verb in ("GET", "POST", "DELETE")),
        *((name, "HEAD") for name in ("page", "large", "nothing", "redirect", "refusal")),
    ],
)
async def test_same_as_by_the_plain_transport(
    provider: RawProvider, name: str, verb: str, body: str
) -> None:
    behave = BEHAVIOURS[name]

    def answer(exchange: Exchange) -> None:
        behave(exchange)
        if verb == "HEAD":
            exchange.close()

    provider.behave(answer)
    outcomes, heads = [], []
    clients: tuple[Transport, ...] = (
        FastClient(AddressGuard(LOOPBACK)),
        HttpClient(AddressGuard(LOOPBACK)),
    )
    for client in clients:
        url = provider.url + "/a%2Fb/?q=%20&c[]=1"
        request = OutgoingRequest(verb, url, HEADERS, BODIES[body]())
        outcomes.append(await told(client, request, Deadlines()))
        heads.append((said(provider.last.head), provider.last.body))
        await client.close()
    assert outcomes[0] == outcomes[1]
    assert heads[0] == heads[1]


@pytest.mark.anyio
async def test_an_answer_nobody_reads_waits_at_the_provider(provider: RawProvider) -> None:
    written = [0]

    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n")
        while written[0] < 67_108_864:
            exchange.send(b"x" * 65536)
            written[0] += 65536

    provider.behave(behave)
    client = FastClient(AddressGuard(LOOPBACK))
    response = await client.send(OutgoingRequest("GET", f"{provider.url}/x"), Deadlines())
    last = -1
    while written[0] != last:
        last = written[0]
        await asyncio.sleep(0.15)
    assert last < 32 * 1024 * 1024
    assert response._buffered < HIGH_WATER * 8  # type: ignore[attr-defined]
    got = 0
    async for chunk in response.chunks():
        got += len(chunk)
    assert got == 67_108_864
    await client.close()


@pytest.mark.anyio
async def test_an_answer_before_the_body_was_sent_ends_the_upload(provider: RawProvider) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.answer(413, b"too much")
        exchange.caller_left()

    provider.behave(behave)
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    client = FastClient(AddressGuard(LOOPBACK))
    request = OutgoingRequest("POST", f"{provider.url}/x", (), endless())
    whole = await read_whole(await client.send(request, Deadlines()), 100)
    assert (whole.status, whole.body) == (413, b"too much")
    await asyncio.wait_for(ended.wait(), 5)
    assert client.pool.busy == 0
    await client.close()


@pytest.mark.anyio
async def test_kept_connection_is_used_again_and_a_closed_one_replaced(
    provider: RawProvider,
) -> None:
    client = FastClient(AddressGuard(LOOPBACK))
    request = OutgoingRequest("GET", provider.url + "/x", HEADERS)
    await read_whole_of(client, request, Deadlines())
    await read_whole_of(client, request, Deadlines())
    assert provider.connections == 1

    seen = len(provider.received)

    def drop_the_kept(exchange: Exchange) -> None:
        if len(provider.received) == seen + 1:
            exchange.close()
        else:
            exchange.answer(200, b"fresh")

    provider.behave(drop_the_kept)
    assert (await read_whole_of(client, request, Deadlines()))[2] == b"fresh"  # type: ignore[index]
    await client.close()


@pytest.mark.anyio
async def test_a_fresh_connection_that_drops_is_an_error_at_once(provider: RawProvider) -> None:
    client = FastClient(AddressGuard(LOOPBACK))
    provider.behave(lambda exchange: exchange.close())
    with pytest.raises(ProviderUnreachable):
        await client.send(OutgoingRequest("GET", provider.url + "/x"), Deadlines())
    assert len(provider.received) == 1
    await client.close()


def late(part: bytes) -> Callable[[Exchange], None]:
    def behave(exchange: Exchange) -> None:
        exchange.send(part)
        assert exchange.caller_left()

    return behave


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("sent", "deadlines", "named"),
    [
        (b"", Deadlines(first_byte=0.05), "first_byte"),
        (b"", Deadlines(total=0.05), "total"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            Deadlines(first_byte=5, idle=0.05),
            "idle",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            Deadlines(first_byte=5, idle=5, total=0.1),
            "total",
        ),
    ],
)
async def test_deadlines(
    provider: RawProvider, sent: bytes, deadlines: Deadlines, named: str
) -> None:
    provider.behave(late(sent))
    client = FastClient(AddressGuard(LOOPBACK))
    with pytest.raises(ProviderTimedOut) as raised:
        await read_whole_of(client, OutgoingRequest("GET", provider.url + "/x"), deadlines)
    assert raised.value.deadline == named
    await client.close()


@pytest.mark.anyio
async def test_a_caller_that_gives_up_drops_the_connection(provider: RawProvider) -> None:
    left = threading.Event()

    def behave(exchange: Exchange) -> None:
        assert exchange.caller_left()
        left.set()

    provider.behave(behave)
    client = FastClient(AddressGuard(LOOPBACK))
    with anyio.move_on_after(0.05):
        await client.send(OutgoingRequest("GET", provider.url + "/x"), Deadlines())
    assert await anyio.to_thread.run_sync(left.wait, 5)
    await client.close()
