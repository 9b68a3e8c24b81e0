"""Customers' endpoints, twenty behind one port, each with manners of its own."""

import asyncio
import hashlib
import random
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_ANSWER = "HTTP/1.1 {} x\r\ncontent-length: 2\r\n\r\nok"
FAULTS = ("500", "503", "429", "302", "reset", "cut")
"""What an endpoint does that fails: answers, drops the connection before or within its answer."""

_NAME = b'"provider_event_id":"'
_CREATED = b'"created_at":"'


class Delivery(NamedTuple):
    """One delivery that an endpoint took; `at` is Unix seconds."""

    event_id: str
    name: str
    """The provider's own name of what happened."""
    created_at: str
    at: float


@dataclass
class Customer:
    """One endpoint: what it heard and when (Unix seconds), and how it behaves."""

    name: str
    failing: float = 0.0
    """The share of events whose first delivery fails."""
    slow: float = 0.0
    """The share of events whose first delivery is never answered."""
    hangs: bool = False
    taken: list[Delivery] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    refused: int = 0
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Remember who it was: one that hangs recovers."""
        self.is_well = not (self.failing or self.slow or self.hangs)

    def answer(self, event_id: str, body: bytes) -> str | None:
        """Return what is answered to a delivery; None is silence."""
        if self.hangs:
            self.refused += 1
            return None
        fault = None if event_id in self.seen else self._fault(event_id)
        self.seen.add(event_id)
        if fault is not None:
            self.refused += 1
            return None if fault == "silence" else fault
        name = _text(body, _NAME)
        self.taken.append(Delivery(event_id, name, _text(body, _CREATED), time.time()))
        if name:
            self.names.add(name)
        return "200"

    def _fault(self, event_id: str) -> str | None:
        chance = random.Random(hashlib.sha256(f"{self.name}:{event_id}".encode()).digest())
        dice = chance.random()
        if dice < self.slow:
            return "silence"
        return chance.choice(FAULTS) if dice < self.slow + self.failing else None


@dataclass
class Customers:
    """Everybody, and where they are."""

    everybody: Sequence[Customer]
    root: str = ""

    def url(self, customer: Customer) -> str:
        """Return the address of one."""
        return f"{self.root}/{self.everybody.index(customer)}"


class _Connection(asyncio.Protocol):
    """Read requests, as many as come, and answer each."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (found := _request(self._buffer)) is not None:
            place, event_id, body, used = found
            self._buffer = self._buffer[used:]
            self._answer(self._customers.everybody[place].answer(event_id, body))

    def _answer(self, answer: str | None) -> None:
        if answer == "reset":
            self._transport.abort()
        elif answer == "cut":
            self._transport.write(b"HTTP/1.1 200 x\r\ncont")
            self._transport.close()
        elif answer is not None:
            self._transport.write(_ANSWER.format(answer).encode())


def _request(data: bytes) -> tuple[int, str, bytes, int] | None:
    """Return whom the first whole request is for, its event, its body, and how long it is."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = data[:end].decode("latin-1")
    line, *rest = head.split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)
    }
    used = end + 4 + int(headers.get("content-length", 0))
    if len(data) < used:
        return None
    return int(line.split(" ")[1].strip("/")), headers["webhook-id"], data[end + 4 : used], used


def _text(body: bytes, before: bytes) -> str:
    """Return the text after a field's name, at its last place; empty where there is none."""
    at = body.rfind(before)
    return "" if at < 0 else body[at + len(before) : body.index(b'"', at + len(before))].decode()


@asynccontextmanager
async def serving_customers(everybody: Sequence[Customer]) -> Any:
    """Serve endpoints on loopback until the block ends."""
    here = Customers(everybody)
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(here), "127.0.0.1", 0
    )
    here.root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield here
    finally:
        server.close()
