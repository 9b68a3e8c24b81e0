"""One account called by several processes, over a real server: never more than is allowed."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator

import pytest
from tests.support.fleet import BULK, RULE, FleetWorld, Member
from tests.support.turned_clock import settled
from tests.support.valkey import valkey_process

from waypost.adapters.valkey import fleet as fleet_module
from waypost.base.errors import ProviderDown
from waypost.engine.limits import NO_ANSWER, Lane
from waypost.kernel.calls.budget import AccountBudget
from waypost.kernel.calls.turn import Turn

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(fleet_module, "GONE_SECONDS", 3.0)


@pytest.fixture
async def world(valkey_url: str) -> AsyncIterator[FleetWorld]:
    found = FleetWorld(valkey_url, 2)
    found.start(), found.start()
    await found.until("shared")
    yield found
    await found.stop()


async def test_what_one_uses_the_other_has_not(world: FleetWorld) -> None:
    first, second = world.members
    for _ in range(12):
        await first.call()
    assert await second.entered() == 8
    assert await first.entered() == 0
    world.clock.turn(61)
    assert await first.entered() == 20


async def test_what_lies_in_store_is_given_back_to_the_others(world: FleetWorld) -> None:
    first, second = world.members
    await first.call("general")
    assert first.own.try_enter("general"), "one that was taken along, without asking"
    first.own.learn("general", 200, ())
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not first.own.try_enter("general"):
            break
        first.own.learn("general", 200, ())
        await asyncio.sleep(0.2)
    made = await second.entered("general")
    world.clock.turn(61)
    assert made >= 30
    assert await second.entered("general") == 40


async def test_an_urgent_call_of_one_goes_before_the_campaign_of_another(
    world: FleetWorld,
) -> None:
    first, second = world.members
    assert await first.entered() == 20
    order: list[str] = []

    async def one(member: Member, name: str, turn: Turn) -> None:
        await member.call("send", turn)
        order.append(name)

    tasks = [asyncio.ensure_future(one(first, "bulk", BULK)) for _ in range(5)]
    await asyncio.sleep(0.05)
    urgent = Turn(Lane.TRANSACTIONAL, 600.0)
    tasks += [asyncio.ensure_future(one(second, "urgent", urgent)) for _ in range(3)]
    for _ in range(240):
        await asyncio.sleep(0.01)
        world.clock.turn(0.5)
    assert order[:3] == ["urgent"] * 3
    assert order.count("bulk") == 5
    await asyncio.gather(*tasks)


async def test_what_a_process_held_that_died_counts_for_one_window(world: FleetWorld) -> None:
    first, second = world.members
    for _ in range(6):
        await second.own.enter("send")
    await second.tasks.close()
    await world.until_share(0.5, first)
    for _ in range(400):
        if second.fleet.who not in first.fleet.living:
            break
        await asyncio.sleep(0.05)
    # What it held in store was not used; nobody can know.
    assert 0 < await first.entered() <= 4
    world.clock.turn(61)
    assert await first.entered() == 10


async def test_a_call_within_its_store_needs_no_server(world: FleetWorld) -> None:
    first, _ = world.members
    await first.call("general")
    asked = first.fleet.line
    assert asked is not None
    first.fleet.line = None
    assert first.own.try_enter("general")
    first.fleet.line = asked
    first.own.learn("general", 200, ())


@pytest.mark.parametrize("away", [0.1, 4.5])
async def test_a_server_that_forgets_lets_nobody_take_more(away: float) -> None:
    with valkey_process() as server:
        world = FleetWorld(server.url, 2)
        first, second = world.start(), world.start()
        await world.until("shared")
        sent: list[float] = []

        async def keep_calling(member: Member, lane: Lane) -> None:
            while True:
                await member.own.enter("send", Turn(lane, 900.0))
                sent.append(world.clock.now())
                await asyncio.sleep(0.001)
                member.own.learn("send", 200, ())

        lanes = [Lane.TRANSACTIONAL, Lane.BULK]
        tasks = [
            asyncio.ensure_future(keep_calling(member, lane))
            for member in (first, second)
            for lane in lanes
        ]
        for step in range(450):
            await asyncio.sleep(0.008)
            world.clock.turn(0.5)
            if step == 150:
                server.kill()
                await asyncio.sleep(away)
                server.start()
        for task in tasks:
            task.cancel()
        await settled()
        most = max(bisect_left(sent, at + 60) - place for place, at in enumerate(sent))
        assert most <= 20
        assert len(sent) >= 60, "and calls went on"
        assert [each.fleet.mode for each in world.members] == ["shared", "shared"]
        await world.stop()


async def test_a_host_that_is_down_is_heard_of_with_the_first_failure_and_tried_once_by_all(
    world: FleetWorld,
) -> None:
    first, second = world.members

    def account(member: Member, name: str) -> AccountBudget:
        return member.budgets.of(name, "acme", RULE, host="environment:host")

    async def until_shut(member: Member, is_shut: bool = True) -> None:
        host = account(member, "a").host
        for _ in range(1000):
            if host is not None and host.is_shut is is_shut:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it was not heard of")

    for name in "abcab":
        account(first, name).learn("send", 503, ())
    await until_shut(first)
    # Who is served asks nobody.
    await account(second, "d").enter("send", Turn(wait=0.0))
    account(second, "d").learn("send", NO_ANSWER, ())
    await until_shut(second)
    with pytest.raises(ProviderDown):
        await account(second, "e").enter("send", Turn(wait=0.0))
    world.clock.turn(1.5)
    await account(first, "f").enter("send", Turn(wait=0.0))
    with pytest.raises(ProviderDown):
        await account(second, "e").enter("send", Turn(wait=0.0))
    account(first, "f").learn("send", 200, ())
    await until_shut(first, False)
    await account(second, "e").enter("send", Turn(wait=0.0))
    assert not account(second, "a").is_shut
