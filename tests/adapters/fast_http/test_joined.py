"""The head of an answer and its body leave in one piece; nothing is lost or reordered."""

import asyncio

import pytest

from waypost.adapters.fast_http.joined import JoiningTransport
from waypost.adapters.fast_http.together import Together

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire:
    """What a transport was told, each system call an entry."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.calls.append(data)

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.write(b"".join(parts))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


async def joined() -> tuple[Wire, JoiningTransport]:
    wire = Wire()
    return wire, JoiningTransport(wire, Together(), wire.close)  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_head_and_body_are_one_write() -> None:
    wire, transport = await joined()
    transport.write(HEAD)
    transport.write(b"body")
    transport.write(b"more")
    assert wire.calls == [HEAD + b"body", b"more"]
    await asyncio.sleep(0)
    assert len(wire.calls) == 2


@pytest.mark.anyio
async def test_head_alone_leaves_at_the_loops_next_turn() -> None:
    wire, transport = await joined()
    transport.write(HEAD)
    assert wire.calls == []
    await asyncio.sleep(0)
    assert wire.calls == [HEAD]
    transport.write(b"late body")
    assert wire.calls == [HEAD, b"late body"]


@pytest.mark.anyio
async def test_closing_writes_first() -> None:
    wire, transport = await joined()
    transport.write(HEAD)
    transport.close()
    assert wire.calls == [HEAD]
    assert transport.is_closing()
    await asyncio.sleep(0)


@pytest.mark.anyio
async def test_what_is_held_is_written_in_order_and_not_after_the_end() -> None:
    wire, transport = await joined()
    transport.hold(b"first")
    transport.hold(b"second")
    assert wire.calls == [b"first"]
    await asyncio.sleep(0)
    assert wire.calls == [b"first", b"second"]
    transport.hold(b"third")
    wire.closed = True
    await asyncio.sleep(0)
    assert wire.calls == [b"first", b"second"]


@pytest.mark.anyio
async def test_its_owner_closes_once_and_is_let_go() -> None:
    closed: list[str] = []
    wire = Wire()
    transport = JoiningTransport(wire, Together(), lambda: closed.append("gently"))  # type: ignore[arg-type]
    transport.close()
    transport.close()
    assert closed == ["gently"]
    assert transport.is_closing()
    assert not wire.closed
    transport.lost()
    transport._close()
    assert closed == ["gently"]


@pytest.mark.anyio
async def test_everything_else_is_the_transports() -> None:
    _, transport = await joined()
    assert transport.get_extra_info("peername") == "the peername"
