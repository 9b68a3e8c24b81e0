"""Idempotency-Key: the first answer again, or a plain word why not."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.sends.conftest import Desk
from tests.support.databases import bytes_on_disk
from tests.support.scripted_transport import ScriptedResponse, ScriptedTransport, Step, answer

from waypost.base.asgi import Answer, PlainRequest
from waypost.base.errors import (
    AnswerNotKept,
    BudgetExhausted,
    InvalidRequest,
    KeyInUse,
    KeyReused,
    OutcomeUnknown,
    ProviderRefused,
    SendAmbiguous,
    WaypostError,
)
from waypost.engine.transport import Deadlines, OutgoingRequest
from waypost.kernel.sends.guard import HeldKey
from waypost.kernel.sends.outcome import Outcome
from waypost.kernel.sends.repeats import Asked, Proceed, Replay, digest_of, judge, key_of
from waypost.kernel.sends.store import Key, Known, Line, Settlement

pytestmark = pytest.mark.anyio
NOW = 1000.0
ASKED = Asked(Key("e", "a", "proxy", "k"), "d")
TOKEN = "a-token-that-was-just-made"


def known(**facts: Any) -> Known:
    usual: dict[str, Any] = dict.fromkeys(Known.__slots__) | {
        "request_digest": "d",
        "claim_id": "c",
        "held_until": NOW + 10,
        "created_at": NOW - 1,
        "expires_at": NOW + 100,
    }
    return Known(**(usual | facts))


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"status": 202, "answer": b"x", "size": 0}, Replay),
        ({"status": 202, "answer": b"x", "size": 0, "expires_at": NOW}, Proceed),
        ({"status": 202, "answer": None, "size": 70_000}, AnswerNotKept),
        ({"request_digest": "other"}, KeyReused),
        ({"request_digest": "other", "expires_at": NOW}, Proceed),
        ({}, KeyInUse),
        ({"held_until": NOW}, OutcomeUnknown),
        ({"send_id": "s", "state": "pending", "look_at": NOW + 10}, KeyInUse),
        (
            {"send_id": "s", "state": "pending", "look_at": NOW, "held_until": NOW},
            SendAmbiguous,
        ),
        ({"send_id": "s", "state": "ambiguous", "look_at": NOW + 7}, SendAmbiguous),
        ({"send_id": "s", "state": "ambiguous", "expires_at": NOW}, OutcomeUnknown),
        ({"send_id": "s", "state": "accepted", "reason": "reconciled"}, Replay),
        ({"send_id": "s", "state": "suppressed"}, Replay),
        ({"send_id": "s", "state": "rejected", "reason": "not_received"}, Proceed),
    ],
)
def test_what_a_known_key_gets(facts: dict[str, object], verdict: type) -> None:
    if issubclass(verdict, WaypostError):
        with pytest.raises(verdict) as refusal:
            judge(known(**facts), ASKED, NOW)
        assert type(refusal.value) is verdict
        if facts.get("look_at") == NOW + 7:
            assert refusal.value.retry_after == 7  # type: ignore[attr-defined]
        return
    assert isinstance(judge(known(**facts), ASKED, NOW), verdict)


def test_an_unknown_key_proceeds_and_a_harmless_one_may_be_taken_over() -> None:
    assert judge(None, ASKED, NOW) == Proceed()
    cut_off = known(held_until=NOW)
    repeatable = Asked(ASKED.key, "d", is_repeatable=True)
    assert judge(cut_off, repeatable, NOW) == Proceed(forget=cut_off)


def request(verb: str = "POST", **headers: str) -> PlainRequest:
    scope = {
        "method": verb,
        "path": "/x",
        "raw_path": b"/x",
        "query_string": b"a=1",
        "headers": [(name.replace("_", "-").encode(), v.encode()) for name, v in headers.items()],
    }

    async def receive() -> dict[str, object]:
        raise AssertionError("nothing is read here")

    return PlainRequest(scope, receive)


def test_only_calls_that_change_something_have_a_key() -> None:
    assert key_of(request(idempotency_key=" k 1 ")) == "k 1"
    assert key_of(request()) is None
    for verb in ("GET", "HEAD", "OPTIONS"):
        assert key_of(request(verb, idempotency_key="k")) is None
    for wrong in ("", "  ", "x" * 256):
        with pytest.raises(InvalidRequest):
            key_of(request(idempotency_key=wrong))


def test_requests_are_told_apart() -> None:
    digests = {
        digest_of(request(), b"{}"),
        digest_of(request(), b"{ }"),
        digest_of(request("PUT"), b"{}"),
        digest_of(request(content_type="text/plain"), b"{}"),
    }
    assert len(digests) == 4
    assert digest_of(request(x_other="1"), b"{}") in digests


class SlowTransport(ScriptedTransport):
    """Answer once somebody says so."""

    def __init__(self, steps: Sequence[Step], told: asyncio.Event) -> None:
        super().__init__(steps)
        self._told = told

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> ScriptedResponse:
        response = await super().send(request, deadlines)
        await self._told.wait()
        return response


class Calls:
    """Serve by a scripted provider, through the outbox."""

    def __init__(self, desk: Desk, *steps: Step) -> None:
        self.desk = desk
        self.transport = ScriptedTransport(steps)
        self.asked = Asked(desk.key("k1", "passthrough"), "d")

    async def once(self, asked: Asked | None = None) -> Answer:
        return await self.desk.sends.repeats.once(asked or self.asked, self.serve)

    async def serve(self, held: HeldKey) -> Answer:
        guard = self.desk.sends.outbox.guard(self.desk.call(held), self.transport)
        try:
            response = await guard.send(
                OutgoingRequest("POST", "https://api.acme.example/v1/x", (), b"{}"), Deadlines()
            )
        finally:
            guard.end()
        body = response.arrived() or b""
        if response.status >= 400:
            raise ProviderRefused("No.", status=response.status, body=body.decode())
        headers = [(b"x-id", b"m1"), (b"set-cookie", b"a=b")]
        return Answer(response.status, headers, body)


async def test_the_first_answer_comes_again(desk: Desk, tmp_path: Path) -> None:
    calls = Calls(desk, answer(201, TOKEN.encode()))
    first, again = await calls.once(), await calls.once()
    assert again == Answer(
        201, [(b"x-id", b"m1"), (b"idempotent-replayed", b"true")], TOKEN.encode()
    )
    assert first.body == again.body
    assert len(calls.transport.requests) == 1
    assert TOKEN.encode() not in bytes_on_disk(tmp_path), "kept answers are sealed"


async def test_a_refusal_comes_again_as_its_caller_saw_it(desk: Desk) -> None:
    calls = Calls(desk, answer(422, b"wrong"))
    with pytest.raises(ProviderRefused):
        await calls.once()
    again = await calls.once()
    assert again.status == 422
    assert b'"raw_response":"wrong"' in again.body


@pytest.mark.parametrize("status", [401, 421, 429])
async def test_what_had_no_effect_sets_the_key_free(desk: Desk, status: int) -> None:
    calls = Calls(desk, answer(status), answer(202))
    with pytest.raises(ProviderRefused):
        await calls.once()
    assert (await calls.once()).status == 202


async def test_what_never_left_is_not_on_the_books(desk: Desk) -> None:
    async def serve(_: HeldKey) -> Answer:
        raise BudgetExhausted(retry_after=1)

    with pytest.raises(BudgetExhausted):
        await desk.sends.repeats.once(Asked(desk.key(), "d"), serve)
    assert await desk.known() is None


async def test_while_a_send_is_ambiguous_its_key_waits(desk: Desk) -> None:
    calls = Calls(desk, answer(503), answer(202))
    with pytest.raises(ProviderRefused):
        await calls.once()
    with pytest.raises(SendAmbiguous):
        await calls.once()
    [row] = await desk.rows()
    await desk.sends.ledger.write(
        Line(
            settlements=(
                settlement(desk, row["id"], Outcome("accepted", "reconciled", None, "m9")),
            )
        )
    )
    told = await calls.once()
    assert told.status == 200
    assert b'"message_id":"m9"' in told.body
    assert (b"waypost-origin", b"platform") in told.headers
    assert len(calls.transport.requests) == 1


async def test_after_not_received_the_caller_sends_again(desk: Desk) -> None:
    calls = Calls(desk, answer(503), answer(202))
    with pytest.raises(ProviderRefused):
        await calls.once()
    [row] = await desk.rows()
    outcome = Outcome("rejected", "not_received")
    await desk.sends.ledger.write(Line(settlements=(settlement(desk, row["id"], outcome),)))
    desk.world.clock.turn(1)
    assert (await calls.once()).status == 202
    assert [each["state"] for each in await desk.rows()] == ["rejected", "accepted"]


async def test_a_large_answer_is_not_kept(desk: Desk) -> None:
    calls = Calls(desk, answer(200, b"x" * 70_000))
    await calls.once()
    with pytest.raises(AnswerNotKept) as refusal:
        await calls.once()
    assert refusal.value.details == {"status": 200, "bytes": 70_000}


async def test_one_of_many_at_once_makes_the_call(desk: Desk) -> None:
    told = asyncio.Event()
    calls = Calls(desk)
    calls.transport = SlowTransport([answer(202)], told)
    running = {asyncio.ensure_future(calls.once()) for _ in range(5)}
    others: list[BaseException | None] = []
    while len(others) < 4:
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        others += [each.exception() for each in done]
    told.set()
    assert {type(each) for each in others} == {KeyInUse}
    [first] = running
    assert (await first).status == 202
    assert len(calls.transport.requests) == 1


async def test_what_is_done_here_is_done_once(desk: Desk) -> None:
    done: list[int] = []

    async def serve() -> Answer:
        done.append(1)
        return Answer(201, [], b"made")

    asked = Asked(desk.key(surface="admin"), "d")
    for _ in range(2):
        assert (await desk.sends.repeats.once_here(asked, serve)).body == b"made"
    assert done == [1]


def settlement(desk: Desk, identifier: str, outcome: Outcome) -> Settlement:

    return Settlement(identifier, desk.environment_id, outcome, 1, None, desk.world.clock.now())
