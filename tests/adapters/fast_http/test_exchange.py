"""The answers of the transport door: the same as the plain transport's, on the wire and back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from tests.support.raw_provider import Exchange, RawProvider
from tests.support.raw_provider import raw_provider as serve_raw
from tests.support.transports import BEHAVIOURS, HEADERS, LOOPBACK, TRANSPORTS, busy, fast, told

from waypost.adapters.fast_http.exchange import HIGH_WATER
from waypost.engine.transport import Deadlines, OutgoingRequest, read_whole


@pytest.fixture
def provider() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


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
    for made in TRANSPORTS.values():
        client = made(*LOOPBACK)
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
    client = fast(*LOOPBACK)
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

    client = fast(*LOOPBACK)
    request = OutgoingRequest("POST", f"{provider.url}/x", (), endless())
    whole = await read_whole(await client.send(request, Deadlines()), 100)
    assert (whole.status, whole.body) == (413, b"too much")
    await asyncio.wait_for(ended.wait(), 5)
    assert busy(client) == 0
    await client.close()
