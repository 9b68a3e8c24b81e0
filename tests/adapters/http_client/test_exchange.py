"""Requests without a body, past aiohttp's session: on the wire and back as the session does it."""

import threading
from collections.abc import Callable, Iterator

import anyio
import pytest
from tests.support.raw_provider import Behaviour, Exchange, RawProvider, answering, writing
from tests.support.raw_provider import raw_provider as serve_raw

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.http_client import HttpClient
from waypost.adapters.http_client import exchange as lean
from waypost.base.errors import (
    AddressUnusable,
    ProviderError,
    ProviderTimedOut,
    ProviderUnreachable,
)
from waypost.engine.transport import Deadlines, OutgoingRequest, read_whole

LOOPBACK = ("127.0.0.0/8",)
HEADERS = (("x-own", "a, b"), ("authorization", "Bearer k"), ("x-own", "again"), ("accept", "*/*"))
LIMIT = 1024 * 1024


@pytest.fixture
def provider() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


async def told(client: HttpClient, request: OutgoingRequest, deadlines: Deadlines) -> object:
    """Return what a caller of the transport learns, errors included."""
    try:
        response = await read_whole_of(client, request, deadlines)
    except ProviderError as error:
        return type(error), error.message, error.details
    return response


async def read_whole_of(
    client: HttpClient, request: OutgoingRequest, deadlines: Deadlines
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
    "silence": lambda exchange: exchange.close(),
}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "verb"),
    [
        *((name, verb) for name in BEHAVIOURS for verb in ("GET", "OPTIONS")),
        *((name, "HEAD") for name in ("page", "large", "nothing", "redirect", "refusal")),
    ],
)
async def test_same_as_by_the_session(
    provider: RawProvider, name: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    behave = BEHAVIOURS[name]

    def answer(exchange: Exchange) -> None:
        behave(exchange)
        if verb == "HEAD":
            exchange.close()

    provider.behave(answer)
    request = OutgoingRequest(verb, provider.url + "/a%2Fb/?q=%20&c[]=1", HEADERS)
    outcomes, heads = [], []
    for methods in (lean.METHODS, frozenset[str]()):
        monkeypatch.setattr(lean, "METHODS", methods)
        client = HttpClient(AddressGuard(LOOPBACK))
        outcomes.append(await told(client, request, Deadlines()))
        heads.append(provider.last.head)
        await client.close()
    assert outcomes[0] == outcomes[1]
    assert heads[0] == heads[1]


@pytest.mark.anyio
async def test_kept_connection_is_used_again_and_a_closed_one_replaced(
    provider: RawProvider,
) -> None:
    client = HttpClient(AddressGuard(LOOPBACK))
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
    client = HttpClient(AddressGuard(LOOPBACK))
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
    client = HttpClient(AddressGuard(LOOPBACK))
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
    client = HttpClient(AddressGuard(LOOPBACK))
    with anyio.move_on_after(0.05):
        await client.send(OutgoingRequest("GET", provider.url + "/x"), Deadlines())
    assert await anyio.to_thread.run_sync(left.wait, 5)
    await client.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "request_",
    [
        OutgoingRequest("GET", "http://127.0.0.1:1/x", (("x", "a\r\nb: c"),)),
        OutgoingRequest("GET", "http://127.0.0.1:1/x", (("x\n", "a"),)),
        OutgoingRequest("GET", "http://127.0.0.1:1/x", (("host", "elsewhere"),)),
        OutgoingRequest("GET", "http://127.0.0.1:1/é"),
        OutgoingRequest("GET", "http://127.0.0.1:1/x y"),
        OutgoingRequest("GET", "http://127.0.0.1:1/x#y"),
        OutgoingRequest("GET", "http://127.0.0.1:1"),
        OutgoingRequest("GET", "http://a:b@127.0.0.1:1/x"),
        OutgoingRequest("GET", "ftp://127.0.0.1:1/x"),
        OutgoingRequest("DELETE", "http://127.0.0.1:1/x"),
        OutgoingRequest("GET", "http://127.0.0.1:1/x", (), b"body"),
    ],
    ids=str,
)
async def test_what_is_unusual_is_left_to_the_session(request_: OutgoingRequest) -> None:
    client = HttpClient(AddressGuard(LOOPBACK))
    _, exchange = client._open()
    assert exchange.prepare(request_) is None
    await client.close()


@pytest.mark.anyio
async def test_an_address_that_may_not_be_reached_is_refused_every_time() -> None:
    client = HttpClient(AddressGuard())
    for _ in range(2):
        with pytest.raises(AddressUnusable, match="WAYPOST_ALLOW_ADDRESSES"):
            await client.send(OutgoingRequest("GET", "http://127.0.0.1:1/x"), Deadlines())
    await client.close()
