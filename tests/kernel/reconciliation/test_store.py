"""What is looked for is taken by one process, and the neighbours of a send are those of its time."""

import pytest
from tests.kernel.sends.conftest import Desk

from waypost.kernel.reconciliation.store import (
    Verdict,
    due_accounts,
    neighbours,
    take_due,
    write_verdicts,
)
from waypost.kernel.sends.outcome import Outcome
from waypost.kernel.sends.store import Line, Settlement

pytestmark = pytest.mark.anyio


async def add(desk: Desk, state: str, *, look_in: float | None = None) -> str:
    """Put a send on the books that ended like this, or did not."""
    now = desk.world.clock.now()
    send = desk.sends.outbox._send(desk.call(), [], now)
    await desk.sends.ledger.write(Line(send=send))
    if state != "pending":
        look_at = None if look_in is None else now + look_in
        outcome = Outcome(state)  # type: ignore[arg-type]
        settlement = Settlement(send["id"], desk.environment_id, outcome, 1, look_at, now)
        await desk.sends.ledger.write(Line(settlements=(settlement,)))
    return str(send["id"])


async def taken(desk: Desk) -> list[str]:
    now = desk.world.clock.now()
    async with desk.world.database.write() as connection:
        due = await take_due(connection, desk.environment_id, desk.account_id, now, now + 120)
    return [each.id for each in due]


async def test_with_what_is_due_comes_what_will_be(desk: Desk) -> None:
    first, second = await add(desk, "ambiguous", look_in=0), await add(desk, "ambiguous", look_in=9)
    await add(desk, "accepted")
    await add(desk, "ambiguous")
    assert set(await taken(desk)) == {first, second}
    assert await taken(desk) == [], "another process has them"


async def test_nothing_is_taken_before_something_is_due(desk: Desk) -> None:
    await add(desk, "ambiguous", look_in=9)
    assert await taken(desk) == []
    async with desk.world.database.read() as connection:
        assert await due_accounts(connection, desk.world.clock.now(), 5) == []
        due = await due_accounts(connection, desk.world.clock.now() + 9, 5)
    assert due == [(desk.environment_id, desk.account_id)]


async def test_neighbours_may_have_reached_the_provider_at_that_time(desk: Desk) -> None:
    states = ("pending", "accepted", "ambiguous", "rejected", "suppressed")
    ids = {state: await add(desk, state) for state in states}
    now = desk.world.clock.now()
    async with desk.world.database.read() as connection:
        place = (connection, desk.environment_id, desk.account_id)
        near = await neighbours(*place, now - 5, now + 5)
        assert await neighbours(*place, now + 5, now + 9) == []
        assert await neighbours(connection, "other", desk.account_id, now - 5, now + 5) == []
    assert {each.id for each in near} == {ids[state] for state in states[:3]}


async def test_an_end_is_written_once(desk: Desk) -> None:
    one = await add(desk, "ambiguous", look_in=0)
    verdicts = [
        Verdict(one, "accepted", "reconciled", "m1", None),
        Verdict(one, "rejected", "not_received", None, None),
    ]
    async with desk.world.database.write() as connection:
        await write_verdicts(connection, desk.environment_id, desk.account_id, verdicts, 1.0)
    [row] = await desk.rows()
    assert (row["state"], row["message_id"], row["looks"]) == ("accepted", "m1", 1)
