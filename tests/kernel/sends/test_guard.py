"""A call that must not be doubled is on the books before it leaves."""

import asyncio
import gzip
import json

import pytest
from msgspec import structs
from tests.kernel.sends.conftest import LETTER, Desk
from tests.support.scripted_transport import ScriptedResponse, ScriptedTransport, answer

from waypost.base.errors import KeyInUse, ProviderUnreachable, StorageUnavailable
from waypost.engine.sending import Message
from waypost.engine.transport import Deadlines, OutgoingRequest, Transport
from waypost.kernel.sends.guard import MOST_READ, Guard, GuardedCall, HeldKey

pytestmark = pytest.mark.anyio
BODY = json.dumps({"from": "a@x.test", "to": "b@x.test", "subject": "S"}).encode()
REQUEST = OutgoingRequest("POST", "https://api.acme.example/v1/letters", (), BODY)


class Notes:
    """A book that keeps what it is told."""

    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.entered: list[list[Message]] = []
        self.ended: list[str | None] = []

    async def enter(self, guard: Guard, messages: list[Message]) -> None:
        if self.refusals:
            raise self.refusals.pop()
        self.entered.append(messages)
        guard.entered_at = 1.0

    def check(self, guard: Guard) -> None:
        assert guard.entered_at

    def end(self, guard: Guard) -> None:
        self.ended.append(guard.outcome.state if guard.outcome else None)


def guard_of(notes: Notes, inner: Transport, held: HeldKey | None = None) -> Guard:
    call = GuardedCall("e", "a", "acme", "proxy", "letters", "create", LETTER, held)
    return Guard(call, inner, notes)


async def test_it_is_written_before_it_leaves_and_ends_after() -> None:
    notes = Notes()

    def send(_: OutgoingRequest) -> ScriptedResponse:
        assert len(notes.entered) == 1
        assert not notes.ended
        return answer(202, b"", x_id="m1")

    guard = guard_of(notes, ScriptedTransport([send]))
    response = await guard.send(REQUEST, Deadlines())
    guard.end()
    assert response.arrived() == b""
    assert notes.entered[0][0].sender == "a@x.test"
    assert notes.ended == ["accepted"]
    assert guard.outcome is not None
    assert guard.outcome.message_id == "m1"


@pytest.mark.parametrize("error", [KeyInUse(), StorageUnavailable()])
async def test_what_cannot_be_written_does_not_leave(error: Exception) -> None:
    notes, transport = Notes(error), ScriptedTransport([])
    guard = guard_of(notes, transport)
    with pytest.raises(type(error)):
        await guard.send(REQUEST, Deadlines())
    guard.end()
    assert not transport.requests
    assert not notes.ended


async def test_attempts_are_one_line() -> None:
    notes = Notes()
    refused = ProviderUnreachable(details={"sent": False})
    guard = guard_of(notes, ScriptedTransport([refused, answer(202)]))
    with pytest.raises(ProviderUnreachable):
        await guard.send(REQUEST, Deadlines())
    assert guard.outcome is not None
    assert guard.outcome.had_no_effect
    await guard.send(REQUEST, Deadlines())
    guard.end()
    assert len(notes.entered) == 1
    assert guard.attempts == 2
    assert notes.ended == ["accepted"]


async def test_an_answer_that_breaks_off_leaves_the_end_open() -> None:
    notes = Notes()
    broken = ScriptedResponse(202, (), (b"{",), ProviderUnreachable())
    guard = guard_of(notes, ScriptedTransport([broken]))
    with pytest.raises(ProviderUnreachable):
        await guard.send(REQUEST, Deadlines())
    guard.end()
    assert notes.ended == ["ambiguous"]
    assert broken.closed


async def test_a_cancelled_call_leaves_the_end_open() -> None:
    class Never:
        async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> ScriptedResponse:
            await asyncio.Event().wait()
            raise AssertionError

        async def close(self) -> None:
            return None

    notes = Notes()
    guard = guard_of(notes, Never())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await guard.send(REQUEST, Deadlines())
    guard.end()
    assert notes.ended == ["ambiguous"]


async def test_a_large_answer_still_streams() -> None:
    part = b"x" * 100_000
    big = ScriptedResponse(200, (), (part,) * 5)
    response = await guard_of(Notes(), ScriptedTransport([big])).send(REQUEST, Deadlines())
    assert response.arrived() is None
    assert b"".join([chunk async for chunk in response.chunks()]) == part * 5
    assert len(part) * 5 > MOST_READ
    await response.close()
    assert big.closed


async def test_a_compressed_answer_is_understood() -> None:
    sending = LETTER.sending
    assert sending is not None
    method = structs.replace(
        LETTER, sending=structs.replace(sending, suppressed="body.nobody = true")
    )
    packed = answer(202, gzip.compress(b'{"nobody": true}'), content_encoding="gzip")
    call = GuardedCall("e", "a", "acme", "proxy", "letters", "create", method)
    guard = Guard(call, ScriptedTransport([packed]), Notes())
    response = await guard.send(REQUEST, Deadlines())
    assert guard.outcome is not None
    assert guard.outcome.state == "suppressed"
    assert response.arrived() == b"".join(packed.parts), "its bytes go on as they came"


async def test_two_guards_with_one_key_leave_once(desk: Desk) -> None:
    transport = ScriptedTransport([answer(202, b"", x_id="m1")])
    guards = [
        desk.sends.outbox.guard(desk.call(HeldKey(desk.claim(name))), transport)
        for name in ("c1", "c2")
    ]
    done = await asyncio.gather(
        *(guard.send(REQUEST, Deadlines()) for guard in guards), return_exceptions=True
    )
    assert [type(each) for each in done if isinstance(each, Exception)] == [KeyInUse]
    assert len(transport.requests) == 1
    assert len(await desk.rows()) == 1
