"""The outbox: what is written, what is sealed, and who may not be written to."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.sends.conftest import Desk
from tests.support.databases import bytes_on_disk
from tests.support.scripted_transport import ScriptedTransport, answer

from waypost.base import clock
from waypost.base.errors import KeyInUse, ProviderUnreachable, RecipientsHeldBack
from waypost.engine.sending import Message
from waypost.engine.transport import Deadlines, OutgoingRequest
from waypost.kernel.sends import outbox as room
from waypost.kernel.sends.guard import Guard, GuardedCall, HeldKey
from waypost.kernel.sends.outbox import HOLD_SECONDS

pytestmark = pytest.mark.anyio
BODY = b'{"from": "shop@x.test", "to": ["nia@y.test", "tom@y.test"], "subject": "Ripe apples"}'
REQUEST = OutgoingRequest("POST", "https://api.acme.example/v1/letters", (), BODY)


def guard_of(desk: Desk, *steps: object, held: HeldKey | None = None) -> Guard:
    transport = ScriptedTransport(steps)  # type: ignore[arg-type]
    return desk.sends.outbox.guard(desk.call(held), transport)


async def test_a_send_is_pending_while_it_is_under_way(desk: Desk) -> None:
    pending: list[str] = []

    async def sent() -> None:
        guard = guard_of(desk, answer(202, b"", x_id="m1"))
        await guard._book.enter(guard, [Message()])
        pending.extend(row["state"] for row in await desk.rows())
        await guard.send(REQUEST, Deadlines())
        guard.end()

    await sent()
    assert pending == ["pending"]


async def test_the_books_hold_no_address_and_no_subject(desk: Desk, tmp_path: Path) -> None:
    guard = guard_of(desk, ProviderUnreachable())
    with pytest.raises(ProviderUnreachable):
        await guard.send(REQUEST, Deadlines())
    guard.end()
    [row] = await desk.rows()
    assert (row["state"], row["reason"], row["attempts"]) == ("ambiguous", "no_answer", 1)
    assert row["look_at"] > desk.world.clock.now()
    for planted in (b"nia@y.test", b"shop@x.test", b"Ripe apples"):
        assert planted not in row["facts"]
        assert planted not in bytes_on_disk(tmp_path)
    opened = await desk.world.vault.open(
        desk.environment_id, desk.account_id, f"send:{row['id']}", row["facts"]
    )
    assert "shop@x.test" in opened.reveal()
    assert "nia@y.test" not in opened.reveal()


async def test_a_recipient_that_is_held_back_stops_the_whole_message(desk: Desk) -> None:
    asked: list[tuple[str, ...]] = []

    async def before_send(
        call: GuardedCall, messages: Sequence[Message]
    ) -> Sequence[Mapping[str, Any]]:
        assert call.account_id == desk.account_id
        asked.append(*(each.recipients for each in messages))
        return [{"address": "tom@y.test", "reasons": ["hard_bounce"]}]

    desk.sends.outbox.before_send = before_send
    transport = ScriptedTransport([])
    guard = desk.sends.outbox.guard(desk.call(HeldKey(desk.claim())), transport)
    with pytest.raises(RecipientsHeldBack) as refusal:
        await guard.send(REQUEST, Deadlines())
    guard.end()
    assert refusal.value.details["recipients"] == ["tom@y.test"]
    assert refusal.value.details["held_back"][0]["reasons"] == ["hard_bounce"]
    assert asked == [("nia@y.test", "tom@y.test")]
    assert not transport.requests
    [row] = await desk.rows()
    assert (row["state"], row["reason"], row["id"]) == (
        "suppressed",
        "held_back",
        refusal.value.details["send_id"],
    )
    assert await desk.known() is None, "the key is free: nothing left"


async def test_a_process_that_was_held_up_sends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = ScriptedTransport([])
    guard = desk.sends.outbox.guard(desk.call(), transport)
    readings = iter([100.0, 100.0 + HOLD_SECONDS])
    monkeypatch.setattr(room, "monotonic", lambda: next(readings, 1000.0))
    with pytest.raises(ProviderUnreachable) as refusal:
        await guard.send(REQUEST, Deadlines())
    assert refusal.value.details["sent"] is False
    guard.end()
    [row] = await desk.rows()
    assert (row["state"], row["reason"]) == ("rejected", "not_sent")
    assert not transport.requests


async def test_what_takes_long_is_held_on_to(desk: Desk) -> None:
    held = HeldKey(desk.claim())
    guard = guard_of(desk, answer(202), held=held)
    await guard._book.enter(guard, [Message()])
    desk.world.clock.turn(20)
    before = guard.entered_at
    await desk.sends.outbox.hold(desk.world.database)
    assert before <= guard.entered_at <= clock.monotonic()
    [row] = await desk.rows()
    known = await desk.known()
    assert known is not None
    assert row["look_at"] == known.held_until == desk.world.clock.now() + HOLD_SECONDS


async def test_a_caller_who_leaves_early_takes_its_line_back(desk: Desk) -> None:
    guard = guard_of(desk, held=HeldKey(desk.claim()))
    async with desk.sends.ledger._writing:
        entering = asyncio.ensure_future(guard.send(REQUEST, Deadlines()))
        await asyncio.sleep(0.01)
        entering.cancel()
        await asyncio.gather(entering, return_exceptions=True)
    [row] = await desk.rows()
    assert (row["state"], row["reason"]) == ("rejected", "not_sent")
    assert await desk.known() is None


async def test_a_key_is_claimed_by_what_is_done_here(desk: Desk) -> None:
    held = HeldKey(desk.claim())
    await desk.sends.outbox.claim(held)
    assert held.is_claimed
    known = await desk.known()
    assert known is not None
    assert (known.send_id, known.held_until) == (None, desk.world.clock.now() + HOLD_SECONDS)
    with pytest.raises(KeyInUse):
        await desk.sends.outbox.claim(HeldKey(desk.claim("c2")))
    desk.world.clock.turn(20)
    await desk.sends.outbox.hold(desk.world.database)
    known = await desk.known()
    assert known is not None
    assert known.held_until == desk.world.clock.now() + HOLD_SECONDS
