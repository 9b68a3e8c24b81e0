"""Requests without a body, past aiohttp's session: on the wire and back as the session does it."""

from collections.abc import Iterator

import pytest
from tests.support.raw_provider import Exchange, RawProvider
from tests.support.raw_provider import raw_provider as serve_raw
from tests.support.transports import BEHAVIOURS, HEADERS, LOOPBACK, told

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.http_client import HttpClient
from waypost.adapters.http_client import exchange as lean
from waypost.base.errors import AddressUnusable
from waypost.engine.transport import Deadlines, OutgoingRequest


@pytest.fixture
def provider() -> Iterator[RawProvider]:
    with serve_raw() as running:
        yield running


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
