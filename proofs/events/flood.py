"""The provider's side: a schedule of webhooks, doubled and out of order, told until they are taken."""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

KINDS = ("sent", "delivered", "opened", "clicked", "soft_bounced")
PATIENCE = 10.0
AGAIN_SECONDS = 0.25
"""A provider would wait longer before it tells again; here a minute is a long time."""


@dataclass(frozen=True)
class Told:
    """One happening at the provider, and the account it is told to."""

    name: str
    kind: str
    message: str
    account: int
    body: bytes


@dataclass
class Provider:
    """Tell happenings over some connections, each until somebody answers with 2xx."""

    url: str
    paths: Sequence[str]
    secret: str
    first: dict[str, float] = field(default_factory=dict)
    """When a happening was told first (Unix seconds)."""
    acknowledged: dict[str, float] = field(default_factory=dict)
    tries: int = 0
    refusals: list[int] = field(default_factory=list)

    async def tell_all(self, schedule: Sequence[tuple[float, Told]], *, connections: int) -> None:
        """Tell everything at its moment (seconds from now)."""
        waiting: asyncio.Queue[Told | None] = asyncio.Queue()
        tellers = [asyncio.ensure_future(self._tell(waiting)) for _ in range(connections)]
        began = time.monotonic()
        for at, told in schedule:
            wait = at - (time.monotonic() - began)
            if wait > 0.002:
                await asyncio.sleep(wait)
            waiting.put_nowait(told)
        for _ in tellers:
            waiting.put_nowait(None)
        await asyncio.gather(*tellers)

    async def _tell(self, waiting: asyncio.Queue[Told | None]) -> None:
        line: _Line | None = None
        while (told := await waiting.get()) is not None:
            self.first.setdefault(told.name, time.time())
            while True:
                self.tries += 1
                try:
                    line = line or await _Line.opened(self.url)
                    status = await asyncio.wait_for(line.post(self._request(told)), PATIENCE)
                except (OSError, EOFError, TimeoutError, ValueError):
                    if line is not None:
                        line.dropped()
                    line = None
                    await asyncio.sleep(AGAIN_SECONDS)
                    continue
                if 200 <= status < 300:
                    self.acknowledged.setdefault(told.name, time.time())
                    break
                self.refusals.append(status)
                await asyncio.sleep(AGAIN_SECONDS)
        if line:
            line.dropped()

    def _request(self, told: Told) -> bytes:
        signature = hmac.digest(self.secret.encode(), told.body, hashlib.sha256).hex()
        head = (
            f"POST {self.paths[told.account]} HTTP/1.1\r\nhost: x\r\nsignature: {signature}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(told.body)}\r\n\r\n"
        )
        return head.encode() + told.body


class _Line:
    """One connection to the platform."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def opened(cls, url: str) -> "_Line":
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def post(self, request: bytes) -> int:
        """Send a request and return the answer's status."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = head.partition("content-length:")[2].partition("\r\n")[0]
        await self._reader.readexactly(int(length))
        return int(head.split(" ", 2)[1])

    def dropped(self) -> None:
        """Close it."""
        self._writer.close()


def happenings(count: int, accounts: int, seed: int) -> list[Told]:
    """Return what happens at the provider: some messages, several happenings each."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        message = f"m{number // len(KINDS)}"
        body = {
            "type": f"activity.{kind}",
            "created_at": "2026-11-19T12:00:10.000000Z",
            "data": {
                "id": f"happening{number:08d}",
                "message_id": message,
                "recipient": f"reader{chance.randrange(1000)}@example.com",
                "subject": "Your order is on its way",
                "object": "activity",
                "padding": "x" * chance.randrange(800),
            },
        }
        account = (number // len(KINDS)) % accounts
        name = f"activity.{kind}:happening{number:08d}"
        found.append(Told(name, kind, message, account, json.dumps(body).encode()))
    return found


def schedule_of(
    told: Sequence[Told], rate: float, seed: int, *, doubled: float, astray: float
) -> list[tuple[float, Told]]:
    """Return when each is told: `rate` a second, a share twice or thrice, some seconds out of order."""
    chance = random.Random(seed + 1)
    plan = []
    for number, each in enumerate(told):
        at = number / rate
        copies = 1 + (chance.random() < doubled) + (chance.random() < doubled / 3)
        plan += [
            (at + chance.random() * astray * (copy > 0 or chance.random() < 0.3), each)
            for copy in range(copies)
        ]
    return sorted(plan, key=lambda one: one[0])
