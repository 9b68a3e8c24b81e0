"""Events: appended with what they tell of, read in order, heard by subscribers."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.connection import AsyncConnection
from waypost.base.errors import NotFound
from waypost.base.listing import Listing, read_conditions
from waypost.kernel.events import Event
from waypost.kernel.events.store import EVENT_FILTERS

pytestmark = pytest.mark.anyio


async def _append(world: KernelWorld, environment_id: str, event_type: str) -> Event:
    async with world.database.write() as connection:
        return await world.events.append(connection, environment_id, event_type, {"n": [1, None]})


async def test_events_are_read_in_pages_and_by_type(world: KernelWorld, shop: str) -> None:
    made = []
    for n in range(5):
        made.append(await _append(world, shop, f"thing:{n % 2}"))
        world.clock.turn(1)
    page = await world.events.list(shop, Listing(limit=3))
    assert page.items == made[:3]
    assert page.next is not None
    rest = await world.events.list(shop, Listing(limit=3, after=page.next))
    assert (rest.items, rest.next) == (made[3:], None)
    listing = Listing(read_conditions({"type": "thing:1"}, EVENT_FILTERS))
    assert (await world.events.list(shop, listing)).items == [made[1], made[3]]
    newest = replace(listing, newest_first=True)
    assert (await world.events.list(shop, newest)).items == [made[3], made[1]]
    assert await world.events.forget(made[3].created_at) == 3
    assert (await world.events.list(shop)).items == made[3:]


async def test_subscribers_hear_inside_the_transaction(world: KernelWorld, shop: str) -> None:
    heard: list[Event] = []

    async def hear(connection: AsyncConnection, events: Sequence[Event]) -> None:
        assert await connection.run_sync(lambda core: core.in_transaction())
        heard.extend(events)

    world.events.subscribe(hear)
    assert heard == []
    made = await _append(world, shop, "thing:created")
    assert heard == [made]


async def test_an_undone_event_never_happened(world: KernelWorld, shop: str) -> None:
    async def undone() -> None:
        async with world.database.write() as connection:
            await world.events.append(connection, shop, "thing:created", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert (await world.events.list(shop)).items == []


async def test_another_environment_hears_nothing(world: KernelWorld, shop: str) -> None:
    bank = await world.environment("Bank")
    made = await _append(world, shop, "thing:created")
    assert await world.events.get(shop, made.id) == made
    with pytest.raises(NotFound):
        await world.events.get(bank, made.id)
    assert (await world.events.list(bank)).items == []
