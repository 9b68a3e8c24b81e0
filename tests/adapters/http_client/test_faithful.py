"""What aiohttp's session cannot say by itself, as it stands on the wire: bytes, and a bare '?'."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.support.raw_provider import RawProvider
from tests.support.raw_provider import raw_provider as serve_raw

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.http_client import HttpClient
from waypost.engine.transport import Deadlines, OutgoingRequest, read_whole

pytestmark = pytest.mark.anyio

ODD = "".join(map(chr, [0x41, 0xE9, 0x20, 0x80, 0xFF, 0xC3, 0x2E]))


@pytest.fixture
def provider() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient(AddressGuard(["127.0.0.0/8"]))
    yield made
    await made.close()


async def in_pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("verb", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", ["none", "empty", "whole", "streamed", "sized"])
async def test_bytes_and_a_bare_question_mark_leave_as_they_are(
    provider: RawProvider, client: HttpClient, verb: str, body: str
) -> None:
    given = {
        "none": None,
        "empty": b"",
        "whole": b"ab\r\n\r\ncd",
        "streamed": in_pieces(b"ab\r\n\r\n", b"cd"),
        "sized": in_pieces(b"ab\r\n\r\n", b"cd"),
    }[body]
    length = (("content-length", "8"),) if body == "sized" else ()
    headers = (("x-odd", ODD), ("x-odd", "plain"), *length)
    for url in (f"{provider.url}/x?", f"{provider.url}/x"):
        request = OutgoingRequest(verb, url, headers, given)
        assert (await read_whole(await client.send(request, Deadlines()), 100)).status == 200
        assert provider.last.target == url.removeprefix(provider.url.removesuffix("/v1"))
        odd = [value for name, value in provider.last.headers if name.lower() == "x-odd"]
        assert odd == [ODD, "plain"]
        assert provider.last.body == (b"" if body in ("none", "empty") else b"ab\r\n\r\ncd")
        given = in_pieces(b"ab\r\n\r\n", b"cd") if body in ("streamed", "sized") else given


async def test_the_connection_is_as_it_was_afterwards(
    provider: RawProvider, client: HttpClient
) -> None:
    for url, odd in (("/x?", ODD), ("/y", "plain"), ("/z?a=1", "plain")):
        request = OutgoingRequest("POST", provider.url + url, (("x-odd", odd),), b"{}")
        await read_whole(await client.send(request, Deadlines()), 100)
        assert (provider.last.target, provider.last.header("x-odd")) == ("/v1" + url, odd)
    assert provider.connections == 1
