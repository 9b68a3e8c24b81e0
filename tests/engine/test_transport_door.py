"""The door to the network as each transport keeps it: on the wire, late, refused, given up."""

import asyncio
import threading
import traceback
from collections.abc import AsyncIterator, Iterator

import anyio
import pytest
from tests.support.raw_provider import Exchange, RawProvider, answering, writing
from tests.support.raw_provider import raw_provider as serve_raw
from tests.support.transports import LOOPBACK, TRANSPORTS, Made, busy, late, read_whole_of

from waypost.base.errors import (
    AddressUnusable,
    PayloadTooLarge,
    ProviderError,
    ProviderTimedOut,
    ProviderUnreachable,
)
from waypost.engine.transport import Deadlines, OutgoingRequest, Transport, read_whole

pytestmark = pytest.mark.anyio

SECRET = "planted-5e17c0de"
HEADERS = (("authorization", f"Bearer {SECRET}"), ("x-a", "1"), ("x-a", "2"))


@pytest.fixture
def provider() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


@pytest.fixture(params=TRANSPORTS)
def made(request: pytest.FixtureRequest) -> Made:
    return TRANSPORTS[request.param]


@pytest.fixture
async def client(made: Made) -> AsyncIterator[Transport]:
    opened = made(*LOOPBACK)
    yield opened
    await opened.close()


async def fetch(client: Transport, request: OutgoingRequest, deadlines: Deadlines) -> None:
    await read_whole(await client.send(request, deadlines), 1000)


async def chunks(*parts: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if error is not None:
        raise error


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
async def test_body_leaves_as_it_is(provider: RawProvider, client: Transport, verb: str) -> None:
    request = OutgoingRequest(verb, f"{provider.url}/x//y?q=%zz", HEADERS, b"\x00odd")
    whole = await read_whole(await client.send(request, Deadlines()), 100)
    assert whole.status == 200
    got = provider.last
    assert (got.verb, got.target, got.body) == (verb, "/v1/x//y?q=%zz", b"\x00odd")
    assert [pair for pair in got.headers if pair[0].lower() == "x-a"] == [
        ("x-a", "1"),
        ("x-a", "2"),
    ]
    named = {name.lower() for name, _ in got.headers}
    assert named == {"host", "authorization", "x-a", "content-length"}
    assert busy(client) == 0


async def test_a_large_body_leaves_as_it_is(provider: RawProvider, client: Transport) -> None:
    body = b"0123456789abcdef" * 200_000
    request = OutgoingRequest("POST", f"{provider.url}/x", HEADERS, body)
    assert (await read_whole(await client.send(request, Deadlines()), 100)).status == 200
    named = {name.lower() for name, _ in provider.last.headers}
    assert named == {"host", "authorization", "x-a", "content-length"}
    assert provider.last.body == body


@pytest.mark.parametrize("body", [None, b"x"])
async def test_headers_in_utf_8_are_not_encoded_twice(
    provider: RawProvider, client: Transport, body: bytes | None
) -> None:
    name = "Zoë".encode().decode("latin-1")  # how a server hands the bytes on
    request = OutgoingRequest("POST", f"{provider.url}/x", (("x-name", name),), body)
    await read_whole(await client.send(request, Deadlines()), 100)
    assert "x-name: Zoë".encode() in provider.last.head


async def test_streamed_body_is_chunked_unless_its_length_is_told(
    provider: RawProvider, client: Transport
) -> None:
    for headers, coding in (((), "chunked"), ((("content-length", "5"),), None)):
        request = OutgoingRequest("POST", f"{provider.url}/x", headers, chunks(b"abc", b"de"))
        await read_whole(await client.send(request, Deadlines()), 100)
        assert provider.last.body == b"abcde"
        assert provider.last.header("transfer-encoding") == coding


async def test_error_of_the_bodys_source_comes_out_as_it_is(
    provider: RawProvider, client: Transport
) -> None:
    provider.behave(lambda exchange: exchange.read_body())
    body = chunks(b"abc", error=PayloadTooLarge("too much"))
    with pytest.raises(PayloadTooLarge, match="too much"):
        await client.send(OutgoingRequest("POST", f"{provider.url}/x", (), body), Deadlines())
    assert busy(client) == 0


async def test_streamed_body_is_never_sent_twice(provider: RawProvider, client: Transport) -> None:
    """A kept connection that was closed meanwhile: aiohttp would try a PUT again, without body."""
    first = OutgoingRequest("PUT", f"{provider.url}/x", (), b"warm")
    await read_whole(await client.send(first, Deadlines()), 100)

    def drop(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.close()

    provider.behave(drop)
    again = OutgoingRequest("PUT", f"{provider.url}/x", (), chunks(b"abc"))
    with pytest.raises(ProviderUnreachable):
        await client.send(again, Deadlines())
    assert [exchange.body for exchange in provider.received] == [b"warm", b"abc"]


async def test_slow_source_does_not_count_against_the_provider(
    provider: RawProvider, client: Transport
) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for part in (b"a", b"b", b"c"):
            await asyncio.sleep(0.3)
            yield part

    request = OutgoingRequest("POST", f"{provider.url}/x", (), slowly())
    response = await client.send(request, Deadlines(first_byte=0.8))
    assert (await read_whole(response, 100)).status == 200


@pytest.mark.parametrize(
    ("deadlines", "named"),
    [(Deadlines(first_byte=0.05), "first_byte"), (Deadlines(total=0.05), "total")],
)
async def test_deadline_before_the_answer(
    provider: RawProvider, client: Transport, deadlines: Deadlines, named: str
) -> None:
    provider.behave(lambda exchange: exchange.caller_left())
    with pytest.raises(ProviderTimedOut) as caught:
        await client.send(OutgoingRequest("POST", f"{provider.url}/x", HEADERS, b"x"), deadlines)
    assert caught.value.deadline == named
    assert busy(client) == 0


FAILURES = {
    "dropped": lambda exchange: exchange.close(),
    "no http": writing(b"220 smtp\r\n\r\n", close=True),
    "silent": lambda exchange: exchange.caller_left(),
    "broken off": writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", close=True),
    "stuck": lambda exchange: (
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"),
        exchange.caller_left(),
    ),
}


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("failure", FAILURES)
async def test_no_failure_knows_the_request(
    provider: RawProvider, client: Transport, failure: str, verb: str
) -> None:
    """Neither message, cause nor context: the driver's own errors hold headers and URLs."""
    provider.behave(FAILURES[failure])
    body = b"x" if verb == "POST" else None
    url = f"{provider.url}/x?key={SECRET}"
    request = OutgoingRequest(verb, url, HEADERS, body)
    with pytest.raises(ProviderError) as caught:
        await fetch(client, request, Deadlines(first_byte=0.1, idle=0.1))
    links: list[BaseException] = []
    link: BaseException | None = caught.value
    while link is not None:
        links.append(link)
        link = link.__cause__ or link.__context__
    assert {type(each).__module__.partition(".")[0] for each in links} <= {"waypost", "builtins"}
    told = (
        "".join(traceback.format_exception(caught.value)) + repr(links) + repr(vars(caught.value))
    )
    assert SECRET not in told
    assert busy(client) == 0


async def test_answer_that_is_not_read_is_dropped(provider: RawProvider, client: Transport) -> None:
    provider.behave(answering(200, b"x" * 3_000_000))
    request = OutgoingRequest("POST", f"{provider.url}/x", (), b"x")
    response = await client.send(request, Deadlines())
    await response.close()
    await response.close()
    assert busy(client) == 0


async def test_names_that_lead_inside_are_refused(provider: RawProvider, made: Made) -> None:
    guarded = made()
    port = provider.url.rpartition(":")[2]
    for host in ("localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f000001", "127.1"):
        for verb, body in (("GET", None), ("POST", b"x")):
            with pytest.raises(AddressUnusable, match="WAYPOST_ALLOW_ADDRESSES") as caught:
                await guarded.send(
                    OutgoingRequest(verb, f"http://{host}:{port}/x", HEADERS, body), Deadlines()
                )
            assert caught.value.details["sent"] is False
    assert not provider.received
    await guarded.close()


async def test_nothing_is_sent_from_inside_a_transaction(provider: RawProvider, made: Made) -> None:
    def refuse() -> None:
        raise RuntimeError("inside")

    client = made(*LOOPBACK, before_send=refuse)
    with pytest.raises(RuntimeError, match="inside"):
        await client.send(OutgoingRequest("GET", f"{provider.url}/x"), Deadlines())
    assert not provider.received


@pytest.mark.parametrize("body", [None, b"x"])
async def test_who_finds_every_connection_taken_is_told_so(
    provider: RawProvider, made: Made, body: bytes | None
) -> None:
    client = made(*LOOPBACK, most=2)
    verb = "GET" if body is None else "POST"
    request = OutgoingRequest(verb, f"{provider.url}/x", (), body)
    provider.behave(writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"))
    held = [await client.send(request, Deadlines()) for _ in range(2)]
    with pytest.raises(ProviderTimedOut, match="busy: all its 2 connections") as raised:
        await client.send(request, Deadlines(connect=0.05))
    assert raised.value.details["sent"] is False
    assert len(provider.received) == 2
    for response in held:
        await response.close()
    provider.behave(answering(200))
    assert (await client.send(request, Deadlines(connect=1))).status == 200
    await client.close()


async def test_one_provider_has_room_for_hundreds(provider: RawProvider, client: Transport) -> None:
    provider.behave(writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"))
    request = OutgoingRequest("GET", f"{provider.url}/x")
    held = [await client.send(request, Deadlines(connect=2)) for _ in range(150)]
    for response in held:
        await response.close()


async def test_kept_connection_is_used_again_and_a_closed_one_replaced(
    provider: RawProvider, client: Transport
) -> None:
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


async def test_a_fresh_connection_that_drops_is_an_error_at_once(
    provider: RawProvider, client: Transport
) -> None:
    provider.behave(lambda exchange: exchange.close())
    with pytest.raises(ProviderUnreachable):
        await client.send(OutgoingRequest("GET", provider.url + "/x"), Deadlines())
    assert len(provider.received) == 1


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
    provider: RawProvider, client: Transport, sent: bytes, deadlines: Deadlines, named: str
) -> None:
    provider.behave(late(sent))
    with pytest.raises(ProviderTimedOut) as raised:
        await read_whole_of(client, OutgoingRequest("GET", provider.url + "/x"), deadlines)
    assert raised.value.deadline == named


async def test_a_caller_that_gives_up_drops_the_connection(
    provider: RawProvider, client: Transport
) -> None:
    left = threading.Event()

    def behave(exchange: Exchange) -> None:
        assert exchange.caller_left()
        left.set()

    provider.behave(behave)
    with anyio.move_on_after(0.05):
        await client.send(OutgoingRequest("GET", provider.url + "/x"), Deadlines())
    assert await anyio.to_thread.run_sync(left.wait, 5)
