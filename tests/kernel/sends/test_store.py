"""The tables of sends and kept answers."""

import pytest
from tests.kernel.sends.conftest import Desk

from waypost.kernel.sends.outcome import Outcome
from waypost.kernel.sends.store import Keep, Line, Settlement, add_lines

pytestmark = pytest.mark.anyio


async def write(desk: Desk, *lines: Line) -> list[bool]:
    async with desk.world.database.write() as connection:
        return await add_lines(connection, lines)


def settled(desk: Desk, identifier: str, outcome: Outcome) -> Line:
    now = desk.world.clock.now()
    return Line(settlements=(Settlement(identifier, desk.environment_id, outcome, 1, None, now),))


async def test_an_end_is_not_changed_any_more(desk: Desk) -> None:
    send = desk.sends.outbox._send(desk.call(), [], desk.world.clock.now())
    await write(desk, Line(send=send))
    for outcome in (Outcome("ambiguous", "no_answer"), Outcome("accepted", "reconciled")):
        await write(desk, settled(desk, send["id"], outcome))
    await write(desk, settled(desk, send["id"], Outcome("rejected", "not_received")))
    [row] = await desk.rows()
    assert (row["state"], row["reason"]) == ("accepted", "reconciled")


async def test_a_lost_claim_takes_its_send_with_it(desk: Desk) -> None:
    now = desk.world.clock.now()
    first, second = (
        Line(claim=desk.claim(name), send=desk.sends.outbox._send(desk.call(), [], now))
        for name in ("c1", "c2")
    )
    assert await write(desk, first, second) == [True, False]
    [row] = await desk.rows()
    assert first.send is not None
    assert row["id"] == first.send["id"]
    known = await desk.known()
    assert known is not None
    assert (known.claim_id, known.send_id, known.state) == ("c1", row["id"], "pending")


async def test_another_claims_answer_is_left_alone(desk: Desk) -> None:
    await write(desk, Line(claim=desk.claim("c1")))
    await write(
        desk, Line(keep=Keep(desk.claim("c2"), 200, b"x", 1)), Line(release=desk.claim("c3"))
    )
    known = await desk.known()
    assert known is not None
    assert known.status is None
    await write(desk, Line(release=desk.claim("c1")))
    assert await desk.known() is None


async def test_a_key_counts_in_its_environment_account_and_surface(desk: Desk) -> None:
    await write(desk, Line(claim=desk.claim()))
    async with desk.world.database.read() as connection:
        from dataclasses import replace

        from waypost.kernel.sends.store import find_key

        key = desk.key()
        assert await find_key(connection, key) is not None
        for other in (
            {"environment_id": "e2"},
            {"account_id": "a2"},
            {"surface": "proxy"},
            {"key_hash": "k2"},
        ):
            assert await find_key(connection, replace(key, **other)) is None
