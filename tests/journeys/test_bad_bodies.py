"""Callers and providers that send too little, too much or too slowly, to a process whose memory is read.

Each trouble is followed by ordinary calls: whatever happened on a connection, nobody else notices.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from tests.support.acme_process import link_acme
from tests.support.acme_world import write_acme
from tests.support.platform_process import PlatformProcess, platform_process
from tests.support.raw_client import RawAnswer, connect, exchange, read_answer, request_bytes
from tests.support.raw_provider import Exchange, RawProvider, answering, writing

MOST_BYTES = 2_000_000
"""The platform's limit for bodies that it reads whole."""
PIECE = b"1," * 32768
MANY_PIECES = 1600
"""A hundred megabytes of them."""
MOST_GROWTH = 24.0
"""How many MiB its memory may grow by: a few bodies of the limit, and what Python keeps beside."""
SLOW_CALLERS = 200
SURFACES = ("/unified/user-directory/groups", "/proxy/guests", "/custom/guests")
GOOD = answering(200, {"data": [{"id": 7, "name": "Ada"}]})


def bomb() -> bytes:
    """Return 200 MB of JSON in 200 KB."""
    packer = zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS)
    pieces = [packer.compress(b"["), *(packer.compress(b"0," * 500_000) for _ in range(200))]
    return b"".join([*pieces, packer.compress(b"0]"), packer.flush()])


BOMB = bomb()


def endless(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    for _ in range(MANY_PIECES):
        exchange.send(PIECE)
    exchange.close()


def hundred_megabytes(exchange: Exchange) -> None:
    size = MANY_PIECES * len(PIECE)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    exchange.send(head.encode())
    for _ in range(MANY_PIECES):
        exchange.send(PIECE)


HALF = b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"data": ['
TOO_SHORT = b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"data": [{"id": 7}]}'
NO_END = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n" + b'{"data": \r\n'
# Either way is right: what follows is taken for a broken second answer, or is not read at all.
TROUBLES: dict[str, tuple[Callable[[Exchange], object], str]] = {
    "half a body": (writing(HALF, close=True), "broke off"),
    "a length that is too great, in chunks": (writing(NO_END, close=True), "broke off"),
    "a length that is too small": (writing(TOO_SHORT), "The provider's answer is "),
    "no end": (endless, f"larger than {MOST_BYTES} bytes"),
    "a hundred megabytes": (hundred_megabytes, f"larger than {MOST_BYTES} bytes"),
    "a bomb": (
        answering(200, BOMB, Content_Encoding="gzip", Content_Type="application/json"),
        f"larger than {MOST_BYTES} bytes once decompressed",
    ),
}


class Shop(NamedTuple):
    """A platform, an account there at the bare provider, and that provider."""

    platform: PlatformProcess
    token: str
    account: str
    provider: RawProvider
    http: httpx.Client

    def get(self, path: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", "prefer": "wait=0"}
        url = f"{self.platform.url}{path}?integrated_account_id={self.account}"
        return self.http.get(url, headers=headers)

    def passthrough(
        self, verb: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> RawAnswer:
        return exchange(self.platform.url, self.request(verb, headers, body))

    def request(self, verb: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return request_bytes(verb, f"/passthrough/{self.account}/guests", given, body)

    def is_well(self) -> None:
        """Ordinary calls are served, each way."""
        self.provider.behave(GOOD)
        for surface in SURFACES:
            assert self.get(surface).status_code == 200
        assert json.loads(self.passthrough().body) == {"data": [{"id": 7, "name": "Ada"}]}

    def grown(self, before: float) -> float:
        """Return by how many MiB the highest memory is above what it was before."""
        return _memory(self.platform.pid, "VmHWM") - before

    def memory(self) -> float:
        """Return the memory in MiB, and forget the highest until now."""
        Path(f"/proc/{self.platform.pid}/clear_refs").write_text("5")
        return _memory(self.platform.pid, "VmRSS")


def _memory(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


@pytest.fixture(scope="module")
def shops(
    tmp_path_factory: pytest.TempPathFactory, bare_provider: RawProvider, http: httpx.Client
) -> Iterator[Callable[[str], Shop]]:
    """Give a platform for each way of speaking HTTP."""
    with ExitStack() as running:

        @cache
        def shop(way: str) -> Shop:
            folder = tmp_path_factory.mktemp(way)
            platform = running.enter_context(
                platform_process(
                    folder / "platform",
                    http=way,
                    catalog=str(write_acme(folder / "catalog")),
                    base_urls=json.dumps({"acme": bare_provider.url}),
                    max_body_bytes=str(MOST_BYTES),
                    max_stream_bytes=str(MOST_BYTES),
                )
            )
            return Shop(platform, *link_acme(platform, http), bare_provider, http)

        yield shop


@pytest.fixture(params=["fast", "plain"])
def shop(request: pytest.FixtureRequest, shops: Callable[[str], Shop]) -> Iterator[Shop]:
    """Give one of them, which is well before and afterwards."""
    found = shops(request.param)
    found.provider.reset()
    found.is_well()
    yield found
    found.is_well()


def test_what_a_provider_does_wrong_is_told_and_takes_no_memory(shop: Shop) -> None:
    before = shop.memory()
    for name, (behaviour, said) in TROUBLES.items():
        for surface in SURFACES:
            shop.provider.behave(behaviour)
            answer = shop.get(surface)
            told = answer.json()
            assert (answer.status_code, told["statusCode"]) == (502, 502), (name, surface, told)
            assert said in told["message"], (name, surface)
            assert told["code"].startswith("provider."), "it is the provider that must act"
            assert answer.headers["waypost-origin"] == "platform"
            shop.is_well()
    assert shop.grown(before) < MOST_GROWTH


def test_what_passes_through_is_as_it_came_however_wrong(shop: Shop) -> None:
    before = shop.memory()
    shop.provider.behave(TROUBLES["a bomb"][0])
    answer = shop.passthrough()
    assert (answer.status, answer.body) == (200, BOMB), "nobody has opened it"
    assert answer.header("content-encoding") == "gzip"
    shop.provider.behave(TROUBLES["half a body"][0])
    answer = shop.passthrough()
    assert (answer.header("content-length"), answer.body) == ("90", b'{"data": ['), "and no end"
    shop.provider.behave(TROUBLES["a length that is too small"][0])
    answer = shop.passthrough()
    told = (answer.status, answer.header("waypost-origin"), answer.content)
    assert told == (200, "provider", b'{"data": ') or told[:2] == (502, "platform"), told
    shop.provider.behave(hundred_megabytes)
    with connect(shop.platform.url, 60.0) as connection:
        connection.sendall(shop.request("GET"))
        size = 0
        while piece := connection.recv(1 << 20):
            size += len(piece)
    assert size > MANY_PIECES * len(PIECE)
    assert shop.grown(before) < MOST_GROWTH


def test_what_a_caller_does_wrong_is_told_and_takes_no_memory(shop: Shop) -> None:
    before = shop.memory()
    raw = shop.request("POST", {"Content-Length": "900000", "Connection": "keep-alive"})
    with ExitStack() as slow:
        # Half of them stop within the head, half within the body.
        for number in range(SLOW_CALLERS):
            caller = slow.enter_context(connect(shop.platform.url))
            caller.sendall(raw[:-9] if number % 2 else raw + b"x" * 1000)
        _is_refused_what_is_too_large(shop)
        shop.is_well()
    assert shop.grown(before) < MOST_GROWTH


def _is_refused_what_is_too_large(shop: Shop) -> None:
    shop.is_well()
    assert _refused(shop, shop.request("GET", {"X-Large": "x" * 2_000_000}), 431)
    declared = {"Content-Length": str(90 * len(PIECE))}
    assert _refused(shop, shop.request("POST", declared), 413) == "caller.payload_too_large"
    chunk = f"{len(PIECE):x}\r\n".encode() + PIECE + b"\r\n"
    chunked = shop.request("POST", {"Transfer-Encoding": "chunked"}) + 90 * chunk
    shop.provider.behave(lambda exchange: exchange.caller_left())
    assert _refused(shop, chunked, 413) == "caller.payload_too_large"
    url = f"{shop.platform.url}/proxy/people?integrated_account_id={shop.account}"
    headers = {"authorization": f"Bearer {shop.token}"}
    answer = shop.http.post(url, content=b" " * (MOST_BYTES + 1), headers=headers)
    assert answer.status_code == 413


def _refused(shop: Shop, raw: bytes, status: int) -> str:
    """Send as much as is taken; return the code of the refusal."""
    with connect(shop.platform.url) as connection:
        got = b""
        try:
            connection.sendall(raw)
            while piece := connection.recv(65536):
                got += piece
        except ConnectionError:  # it does not read to the end what it has refused
            while not got and (piece := connection.recv(65536)):
                got += piece
    answer = read_answer(got)
    told = json.loads(answer.body)
    assert (answer.status, told["statusCode"]) == (status, status)
    assert answer.header("waypost-origin") == "platform"
    return str(told["code"])
