"""Lines are durable when they are said to be, and a burst shares a commit."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.kernel.sends.conftest import Desk

from waypost.base.errors import StorageUnavailable
from waypost.kernel.sends.outcome import Outcome
from waypost.kernel.sends.store import Line, Settlement

pytestmark = pytest.mark.anyio


def line(desk: Desk, identifier: str, **more: Any) -> Line:
    book = desk.sends.outbox
    send = book._send(desk.call(), [], desk.world.clock.now()) | {"id": identifier, **more}
    return Line(send=send)


def accepted(desk: Desk, identifier: str) -> Line:
    now = desk.world.clock.now()
    outcome = Outcome("accepted", None, 202, "m1")
    return Line(settlements=(Settlement(identifier, desk.environment_id, outcome, 1, None, now),))


async def test_a_burst_shares_its_commits(desk: Desk) -> None:
    commits: list[int] = []
    engine = desk.world.database._writer.engine
    event.listen(engine, "commit", lambda _: commits.append(1))
    written = await asyncio.gather(
        *(desk.sends.ledger.write(line(desk, f"s{number}")) for number in range(100))
    )
    assert all(written)
    assert len(await desk.rows()) == 100
    assert len(commits) <= 3


async def test_what_is_written_later_comes_with_the_next_commit(desk: Desk) -> None:
    await desk.sends.ledger.write(line(desk, "s1"))
    desk.sends.ledger.write_later(accepted(desk, "s1"))
    await desk.sends.ledger.write(line(desk, "s2"))
    states = {row["id"]: row["state"] for row in await desk.rows()}
    assert states == {"s1": "accepted", "s2": "pending"}


async def test_what_is_written_later_needs_nobody_to_wait(desk: Desk) -> None:
    await desk.sends.ledger.write(line(desk, "s1"))
    desk.sends.ledger.write_later(accepted(desk, "s1"))
    for _ in range(200):
        async with desk.world.database.read() as connection:
            state = (await connection.execute(text("SELECT state FROM send"))).scalar_one()
        if state == "accepted":
            return
        await asyncio.sleep(0.01)
    raise AssertionError(state)


async def test_one_bad_line_spoils_no_other(desk: Desk) -> None:
    lines = [line(desk, "s1"), line(desk, "s2", messages=None), line(desk, "s3")]
    done = await asyncio.gather(
        *(desk.sends.ledger.write(each) for each in lines), return_exceptions=True
    )
    assert [isinstance(each, Exception) for each in done] == [False, True, False]
    assert [row["id"] for row in await desk.rows()] == ["s1", "s3"]


async def test_an_end_outlives_a_database_that_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = desk.sends.ledger
    await ledger.write(line(desk, "s1"))
    write = desk.world.database.write

    def away() -> Any:
        raise StorageUnavailable

    monkeypatch.setattr(desk.world.database, "write", away)
    ledger.write_later(accepted(desk, "s1"))
    await ledger.flush()
    with pytest.raises(StorageUnavailable):
        await ledger.write(line(desk, "s2"))
    monkeypatch.setattr(desk.world.database, "write", write)
    [row] = await desk.rows()
    assert row["state"] == "accepted"


async def test_claims_are_won_once(desk: Desk) -> None:
    lines = [line(desk, f"s{number}") for number in range(5)]
    for number, each in enumerate(lines):
        each.claim = desk.claim(f"c{number}")
    won = await asyncio.gather(*(desk.sends.ledger.write(each) for each in lines))
    assert sorted(won) == [False, False, False, False, True]
    assert len(await desk.rows()) == 1
