"""Ambiguous sends are looked for, and only certainty ends them."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from tests.kernel.sends.conftest import Desk
from tests.support.scripted_transport import ScriptedTransport

from waypost.base.errors import ProviderUnreachable, StorageUnavailable
from waypost.engine.sending import ListedMessage, Message
from waypost.engine.transport import Deadlines, OutgoingRequest
from waypost.kernel.reconciliation.reconcile import Looked, Question, Reconciler, Unreadable
from waypost.kernel.sends.guard import HeldKey
from waypost.kernel.sends.outbox import HOLD_SECONDS
from waypost.kernel.sends.store import Line

pytestmark = pytest.mark.anyio
LETTER = Message("shop@x.test", ("nia@y.test",), sha256(b"Your order").hexdigest())
BODY = b'{"from": "shop@x.test", "to": "nia@y.test", "subject": "Your order"}'
REQUEST = OutgoingRequest("POST", "https://api.acme.example/v1/letters", (), BODY)
MINUTES = 900.0


class List:
    """A provider's list as a test lays it out."""

    def __init__(self, desk: Desk, *messages: ListedMessage) -> None:
        self.desk = desk
        self.messages = messages
        self.trouble: Unreadable | None = None
        self.asked: list[Question] = []

    async def __call__(self, question: Question) -> Looked | Unreadable:
        self.asked.append(question)
        return self.trouble or Looked(self.messages, self.desk.world.clock.now(), 60.0)


def reconciler(desk: Desk, look: List) -> Reconciler:
    return Reconciler(
        desk.world.database,
        desk.sends.outbox,
        desk.world.vault,
        look,
        clock=desk.world.clock,
        not_received_after=MINUTES,
    )


async def lose(desk: Desk, held: HeldKey | None = None) -> None:
    """Send, and hear nothing."""
    guard = desk.sends.outbox.guard(desk.call(held), ScriptedTransport([ProviderUnreachable()]))
    with pytest.raises(ProviderUnreachable):
        await guard.send(REQUEST, Deadlines())
    guard.end()
    if held is not None:
        await desk.sends.ledger.write(Line(settlements=tuple(held.settlements)))
    await desk.rows()


def there(desk: Desk, identifier: str = "m1") -> ListedMessage:
    return ListedMessage(identifier, LETTER, desk.world.clock.now())


async def rounds(desk: Desk, look: List, *waits: float) -> dict[str, Any]:
    for seconds in waits:
        desk.world.clock.turn(seconds)
        await reconciler(desk, look).round()
    [row] = await desk.rows()
    return row


async def test_it_is_found(desk: Desk) -> None:
    await lose(desk)
    look = List(desk, there(desk))
    row = await rounds(desk, look, 6)
    assert (row["state"], row["reason"], row["message_id"]) == ("accepted", "reconciled", "m1")
    assert look.asked[0].sender == "shop@x.test"
    assert look.asked[0].account_id == desk.account_id


async def test_nobody_looks_before_it_is_time_and_ever_more_seldom(desk: Desk) -> None:
    await lose(desk)
    look = List(desk)
    await rounds(desk, look, 4)
    assert not look.asked
    for _ in range(60):
        await rounds(desk, look, 5)
    assert 4 <= len(look.asked) <= 6


async def test_absence_counts_after_its_time_and_sets_the_key_free(desk: Desk) -> None:
    await lose(desk, HeldKey(desk.claim()))
    look = List(desk)
    row = await rounds(desk, look, 6, MINUTES - 10)
    assert row["state"] == "ambiguous"
    assert await desk.known() is not None
    row = await rounds(desk, look, 700)
    assert (row["state"], row["reason"], row["look_at"]) == ("rejected", "not_received", None)
    assert await desk.known() is None


async def test_a_list_that_does_not_reach_far_enough_proves_nothing(desk: Desk) -> None:
    await lose(desk)

    class Short(List):
        async def __call__(self, question: Question) -> Looked | Unreadable:
            return Looked((), question.until - 1, 60.0)

    row = await rounds(desk, Short(desk), MINUTES + 10)
    assert row["state"] == "ambiguous"


async def test_what_the_provider_took_up_minutes_later_is_found(desk: Desk) -> None:
    await lose(desk, HeldKey(desk.claim()))
    look = List(desk)
    row = await rounds(desk, look, 6, 300)
    assert row["state"] == "ambiguous"
    look.messages = (there(desk),)
    row = await rounds(desk, look, MINUTES)
    assert (row["state"], row["message_id"]) == ("accepted", "m1")
    [began] = {each.since for each in look.asked}
    assert {each.until for each in look.asked} == {began + MINUTES}


async def test_what_was_cut_off_may_have_left_until_its_process_was_gone(desk: Desk) -> None:
    guard = desk.sends.outbox.guard(desk.call(), ScriptedTransport([]))
    await desk.sends.outbox.enter(guard, [LETTER])
    for _ in range(20):
        desk.world.clock.turn(HOLD_SECONDS - 10)
        await desk.sends.outbox.hold(desk.world.database)
    look = List(desk)
    row = await rounds(desk, look, MINUTES + HOLD_SECONDS - 1)
    assert row["state"] == "ambiguous", "its time begins when its process was last heard of"
    row = await rounds(desk, look, 600)
    assert row["reason"] == "not_received"


async def test_what_cannot_be_read_stays_open(desk: Desk) -> None:
    await lose(desk)
    look = List(desk, there(desk))
    look.trouble = Unreadable("No scope.")
    row = await rounds(desk, look, 6, MINUTES)
    assert (row["state"], row["note"]) == ("ambiguous", "No scope.")
    assert row["look_at"] is not None
    look.trouble = None
    row = await rounds(desk, look, 3600)
    assert row["state"] == "accepted"


async def test_what_can_never_be_read_is_left_alone(desk: Desk) -> None:
    await lose(desk)
    look = List(desk)
    look.trouble = Unreadable("There is no list.", is_final=True)
    row = await rounds(desk, look, 6, MINUTES, 3600)
    assert (row["state"], row["look_at"]) == ("ambiguous", None)
    assert len(look.asked) == 1


async def test_a_line_whose_process_is_gone_is_looked_for(desk: Desk) -> None:
    guard = desk.sends.outbox.guard(desk.call(), ScriptedTransport([]))
    await desk.sends.outbox.enter(guard, [LETTER])
    look = List(desk, there(desk))
    row = await rounds(desk, look, HOLD_SECONDS - 1)
    assert row["state"] == "pending"
    row = await rounds(desk, look, 2)
    assert (row["state"], row["reason"]) == ("accepted", "reconciled")


async def test_a_deleted_account_ends_the_search(desk: Desk) -> None:
    await lose(desk)
    async with desk.world.database.write() as connection:
        await desk.world.vault.destroy(connection, desk.environment_id, desk.account_id)
    row = await rounds(desk, List(desk, there(desk)), 6)
    assert row["state"] == "ambiguous"
    assert "cannot be recognised" in row["note"]


async def test_two_processes_do_not_take_the_same(desk: Desk) -> None:
    await lose(desk)
    desk.world.clock.turn(6)
    first, second = List(desk), List(desk)

    class Meanwhile(List):
        async def __call__(self, question: Question) -> Looked | Unreadable:
            await reconciler(desk, second).round()
            return await first(question)

    await reconciler(desk, Meanwhile(desk)).round()
    assert (len(first.asked), len(second.asked)) == (1, 0)


async def test_a_message_that_was_given_meanwhile_is_not_given_twice(desk: Desk) -> None:
    await lose(desk)
    await lose(desk)
    message = there(desk)

    class Late(List):
        async def __call__(self, question: Question) -> Looked | Unreadable:
            from sqlalchemy import update

            from waypost.kernel.sends.store import sends

            looked = await super().__call__(question)
            async with desk.world.database.write() as connection:
                rows = (await connection.execute(sends.select())).all()
                change = update(sends).where(sends.c.id == rows[-1].id)
                await connection.execute(change.values(state="accepted", message_id="m1"))
            return looked

    desk.world.clock.turn(6)
    await reconciler(desk, Late(desk, message)).round()
    ids = [row["message_id"] for row in await desk.rows()]
    assert ids.count("m1") == 1


async def test_a_round_survives_a_database_that_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise StorageUnavailable

    class Enough(Exception):
        pass

    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise Enough

    monkeypatch.setattr(desk.world.database, "read", away)
    working = reconciler(desk, List(desk))
    working._sleep = sleep
    with pytest.raises(Enough):
        await working.run()
    slept.clear()
    with pytest.raises(Enough):
        await working.hold()


async def test_answers_past_their_time_are_removed_but_not_open_ends(desk: Desk) -> None:
    await lose(desk, HeldKey(desk.claim("c1")))
    await desk.sends.ledger.write(Line(claim=desk.claim("c2", key="k2")))
    fresh = replace(desk.claim("c3", key="k3"), expires_at=desk.world.clock.now() + 48 * 3600)
    await desk.sends.ledger.write(Line(claim=fresh))
    desk.world.clock.turn(25 * 3600)
    await reconciler(desk, List(desk)).sweep()
    kept = [await desk.known(key) is not None for key in ("k1", "k2", "k3")]
    assert kept == [True, False, True]
