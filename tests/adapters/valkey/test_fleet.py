"""Who is there, who is not, and what each may do then."""

import asyncio

import pytest
from tests.support.fleet import FleetWorld
from tests.support.valkey import valkey_process

from waypost.adapters.valkey import fleet as fleet_module

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "BEAT_SECONDS", 0.05)


async def test_nobody_takes_anything_until_everybody_is_there(valkey_url: str) -> None:
    world = FleetWorld(valkey_url, 2)
    first = world.start()
    await asyncio.sleep(0.3)
    assert first.fleet.mode == "paused"
    waiting = asyncio.ensure_future(first.call())
    second = world.start()
    await world.until("shared")
    await waiting
    assert (first.fleet.share, second.fleet.share) == (1.0, 1.0)
    await world.stop()


async def test_the_share_of_who_fell_silent_is_not_given_away(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_module, "GONE_SECONDS", 2.0)
    world = FleetWorld(valkey_url, 2)
    first, second = world.start(), world.start()
    await world.until("shared")
    await second.tasks.close()  # as a process that is killed
    await world.until_share(0.5, first)
    third = world.start()
    await world.until("shared", third)
    assert third.fleet.share == pytest.approx(2 / 3)
    await third.stop()
    await world.until_share(0.5, first)  # who says good-bye leaves nothing behind
    await first.stop()


async def test_a_server_that_dies_and_comes_back_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "GONE_SECONDS", 2.0)
    with valkey_process() as server:
        world = FleetWorld(server.url, 2)
        world.start(), world.start()
        await world.until("shared")
        server.kill()
        await world.until("alone")
        assert [each.fleet.own_share for each in world.members] == [0.5, 0.5]
        server.start()
        await world.until("shared")
        await world.stop()


async def test_without_a_server_from_the_beginning_each_has_its_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet_module, "GONE_SECONDS", 0.2)
    world = FleetWorld("redis://127.0.0.1:9/0", 4)
    member = world.start()
    await world.until("alone")
    assert await member.entered() == 0, "others may have used all of it a moment ago"
    world.clock.turn(61)
    assert await member.entered() == 5
    await world.stop()
