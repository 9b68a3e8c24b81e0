"""Whose a listed row is, and what is put there again."""

from dataclasses import replace

import pytest
from tests.kernel.suppressions.conftest import Desk
from tests.kernel.suppressions.pushes.conftest import TENANT, begun, hold

from waypost.engine.sending import ListedSuppression
from waypost.kernel.suppressions.pushes.echo import settle_pushes, told_by_others

pytestmark = pytest.mark.anyio


async def test_a_listed_row_is_ours_by_its_id_or_its_time(desk: Desk) -> None:
    """Also one that a page shows which was read before the row was taken off, or written down."""
    entry = await hold(desk)
    turn, target = await begun(desk)
    [push] = await turn.begin_adding(TENANT, target, "", 10)
    row = desk.fact(
        scope=f"account:{desk.account}", native_list="blocklist", native_id="n1", seen_in="r1"
    )

    async def told(*facts) -> list[str | None]:
        async with desk.world.database.write() as connection:
            left = await told_by_others(connection, desk.shop, desk.account, list(facts))
        return [each.native_id for each in left]

    before = replace(row, at=push.began_at - 60, native_id="n0")
    assert await told(before) == ["n0"]
    assert await told(replace(row, scope="domain:y.test")) == ["n1"]
    assert await told(replace(row, at=push.began_at)) == []
    assert await told(row, replace(row, native_id="n2")) == ["n2"]
    await desk.suppressions.remove(desk.shop, entry, by="Ada", why="x")
    await turn.begin_removing(TENANT, target, 10)
    await turn.removed(await turn.removing(10))
    assert await told(row) == []


async def test_two_readings_without_it_have_it_put_there_again(desk: Desk) -> None:
    await hold(desk)
    turn, target = await begun(desk)
    pushes = await turn.begin_adding(TENANT, target, "", 10)
    await turn.added(pushes, [ListedSuppression("nia@y.test", "n1", at=pushes[0].began_at)])
    for run in ("r1", "r2"):
        assert await turn.begin_adding(TENANT, target, "", 10) == []
        desk.world.clock.turn(60)
        async with desk.world.database.write() as connection:
            now = desk.world.clock.now()
            place = (connection, desk.shop, desk.account, ["blocklist"])
            await settle_pushes(*place, run=run, began_at=now)
    assert len(await turn.begin_adding(TENANT, target, "", 10)) == 1
