"""One turn at a provider's list at a time, and what is to be done there."""

import pytest
from tests.kernel.suppressions.conftest import Desk
from tests.kernel.suppressions.pushes.conftest import TENANT, begun, hold, pushes_of

from waypost.engine.sending import ListedSuppression
from waypost.kernel.suppressions.pushes.directory import TURN_SECONDS, LostTurn

pytestmark = pytest.mark.anyio


async def test_a_turn_is_one_processs_until_it_dies(desk: Desk) -> None:
    turn, target = await begun(desk)
    again = await pushes_of(desk).begin(desk.shop, desk.account)
    assert again == desk.world.clock.now() + TURN_SECONDS
    desk.world.clock.turn(TURN_SECONDS)
    await begun(desk)
    with pytest.raises(LostTurn):
        await turn.begin_adding(TENANT, target, "", 10)


async def test_what_is_written_down_is_gone_on_with_by_the_next(desk: Desk) -> None:
    await hold(desk)
    turn, target = await begun(desk)
    [first] = await turn.begin_adding(TENANT, target, "", 10)
    assert await turn.begin_adding(TENANT, target, first.address, 10) == []
    await turn.end("It was cut off.")
    turn, target = await begun(desk)
    assert await turn.adding(target, 10) == [first]
    row = ListedSuppression("nia@y.test", "n1", at=first.began_at)
    await turn.added([first], [row])
    await turn.end(None)
    [shown] = await pushes_of(desk).of_address(desk.shop, "nia@y.test")
    assert (shown["state"], shown["provider_id"]) == ("ours", "n1")
    progress = (await pushes_of(desk).progress(desk.shop, [desk.account]))[desk.account]
    assert (progress["on_list"], progress["last_problem"]) == (1, None)


async def test_only_what_is_ours_is_taken_off(desk: Desk) -> None:
    ids = [await hold(desk, address) for address in ("a@y.test", "b@y.test", "c@y.test")]
    turn, target = await begun(desk)
    pushes = await turn.begin_adding(TENANT, target, "", 10)
    now = desk.world.clock.now()
    rows = [ListedSuppression("a@y.test", "n1", at=now), ListedSuppression("b@y.test", "n2", at=1)]
    await turn.added(pushes, rows)
    assert not await turn.begin_removing(TENANT, target, 10)
    for each in ids:
        await desk.suppressions.remove(desk.shop, each, by="Ada", why="x")
    assert await turn.begin_removing(TENANT, target, 10)
    [gone] = await turn.removing(10)
    assert gone.native_id == "n1"
    await turn.removed([gone])
    assert await turn.removing(10) == []
    assert not await turn.begin_removing(TENANT, target, 10)


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        ("@y.test", ".*@y.test"),
        ("an*@y.test", "an.*@y.test"),
        ("an.*@y.test", "an.*@y.test"),
        ("nia@y.test", "Nia@Y.test"),
    ],
)
async def test_what_was_added_is_found_in_the_providers_spelling(
    desk: Desk, address: str, listed: str
) -> None:
    await hold(desk, address)
    turn, target = await begun(desk)
    pushes = await turn.begin_adding(TENANT, target, "", 10)
    await turn.added(pushes, [ListedSuppression(listed, "n1", at=desk.world.clock.now())])
    [shown] = await pushes_of(desk).of_address(desk.shop, address)
    assert (shown["state"], shown["provider_id"]) == ("ours", "n1")
