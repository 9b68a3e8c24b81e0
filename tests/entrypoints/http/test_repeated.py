"""Idempotency-Key on the admin half: done once, told again."""

import asyncio
import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.support.databases import bytes_on_disk
from tests.support.kernel_world import KernelWorld
from tests.support.world import World

from waypost.base.database import Database
from waypost.base.errors import (
    InvalidRequest,
    KeyInUse,
    KeyReused,
    OutcomeUnknown,
    PayloadTooLarge,
    WaypostError,
)
from waypost.entrypoints.http.problems import problem
from waypost.entrypoints.http.repeated import Repeated
from waypost.kernel.environments import Caller
from waypost.kernel.sends.outbox import HOLD_SECONDS
from waypost.kernel.sends.sends import build_sends

pytestmark = pytest.mark.anyio
TOKEN = "a-token-that-was-just-made"
CALLER = Caller("api_token", "e")
Message = MutableMapping[str, Any]


@dataclass
class Half:
    """An admin half that counts what it did, and a door before it."""

    world: KernelWorld
    status: int = 201
    done: list[bytes] = field(default_factory=list)
    fault: BaseException | None = None
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_end.set()
        world = self.world
        sends = build_sends(world.database, world.tasks, world.vault, world.clock, problem=problem)
        self.door = Repeated(self.serve, sends.repeats, most_bytes=64)

    async def serve(self, scope: Message, receive: Any, send: Any) -> None:
        self.done.append((await receive())["body"])
        self.has_begun.set()
        await self.may_end.wait()
        if self.fault is not None:
            raise self.fault
        head = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=b")]
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        await send({"type": "http.response.body", "body": TOKEN.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": str(len(self.done)).encode()})

    async def ask(
        self,
        key: str | None = "k1",
        body: bytes = b"{}",
        *,
        verb: str = "POST",
        caller: Caller | None = CALLER,
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": verb,
            "path": "/api-token",
            "raw_path": b"/api-token",
            "query_string": b"",
            "headers": [] if key is None else [(b"idempotency-key", key.encode())],
            "waypost.caller": caller,
        }
        await self.door(scope, receive, send)
        whole = b"".join(message.get("body", b"") for message in sent)
        return sent[0]["status"], dict(sent[0]["headers"]), whole


@pytest.fixture
def half(database: Database) -> Half:
    return Half(KernelWorld(database))


async def test_a_repeated_request_is_done_once(half: Half, tmp_path: Path) -> None:
    first, again = await half.ask(), await half.ask()
    assert (first[0], first[2]) == (again[0], again[2]) == (201, TOKEN.encode() + b"1")
    assert b"idempotent-replayed" not in first[1]
    assert again[1][b"idempotent-replayed"] == b"true"
    assert again[1][b"content-type"] == b"text/plain"
    assert b"set-cookie" not in again[1]
    assert half.done == [b"{}"]
    assert TOKEN.encode() not in bytes_on_disk(tmp_path), "kept answers are sealed"


async def test_without_a_key_or_a_caller_nothing_is_kept(half: Half) -> None:
    for _ in range(2):
        await half.ask(None)
        await half.ask(caller=None)
        await half.ask(verb="GET")
    assert len(half.done) == 6


async def test_a_key_belongs_to_one_caller_and_one_request(half: Half) -> None:
    callers = [
        CALLER,
        Caller("api_token", "other"),
        Caller("operator", None),
        Caller("account_token", "e", account_id="a"),
    ]
    for number, caller in enumerate(callers):
        # An account's data key is there before anybody calls for it.
        if caller.account_id:
            await half.world.vault.take_in_hand("e", "a")
        assert (await half.ask(caller=caller))[2] == TOKEN.encode() + b"%d" % (number + 1)
    with pytest.raises(KeyReused):
        await half.ask(body=b'{"other": 1}')
    with pytest.raises(KeyReused):
        await half.ask(verb="PATCH")
    with pytest.raises(InvalidRequest):
        await half.ask("x" * 256)
    assert len(half.done) == len(callers)


async def test_one_of_two_at_once_is_told_to_come_back(half: Half) -> None:
    half.may_end.clear()
    first = asyncio.ensure_future(half.ask())
    await half.has_begun.wait()
    with pytest.raises(KeyInUse):
        await half.ask()
    half.may_end.set()
    assert (await first)[0] == 201
    assert half.done == [b"{}"]


@pytest.mark.parametrize(
    ("status", "verb", "times"),
    [(422, "POST", 1), (503, "POST", 1), (429, "POST", 2), (503, "DELETE", 2), (204, "DELETE", 1)],
)
async def test_an_answer_is_kept_unless_doing_it_again_does_no_harm(
    half: Half, status: int, verb: str, times: int
) -> None:
    half.status = status
    for _ in range(2):
        assert (await half.ask(verb=verb))[0] == status
    assert len(half.done) == times


async def test_what_was_cut_off_is_not_done_again(half: Half) -> None:
    half.fault = RuntimeError("The power went.")
    with pytest.raises(RuntimeError):
        await half.ask()
    half.fault = None
    with pytest.raises(KeyInUse):
        await half.ask()
    half.world.clock.turn(HOLD_SECONDS)
    with pytest.raises(OutcomeUnknown):
        await half.ask()
    assert len(half.done) == 1


async def test_a_body_has_its_limit(half: Half) -> None:
    with pytest.raises(PayloadTooLarge) as refusal:
        await half.ask(body=b"x" * 65)
    assert isinstance(refusal.value, WaypostError)
    assert half.done == []


def test_a_token_is_made_once_over_http(world: World) -> None:
    """As a platform team sees it: the answer was lost, the same request brings the same token."""
    body = {"tenant_id": "t2"}
    key = {"idempotency-key": "link-1"}
    answers = [world.environment.post("/link-token", json=body, headers=key) for _ in range(2)]
    assert answers[0].is_success, answers[0].text
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"
    other = world.environment.post("/link-token", json={"tenant_id": "t3"}, headers=key)
    assert other.status_code == 422
    assert json.loads(other.text)["code"] == "caller.key_reused"
