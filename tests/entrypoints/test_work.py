"""The list of durable work."""

import pytest
from tests.support.kernel_world import KernelWorld
from tests.support.served import Served

from waypost.base.settings import Settings
from waypost.entrypoints.work import _forget_events, work

pytestmark = pytest.mark.anyio


class Parts:
    """As much of a kernel as the upkeep of events asks for."""

    def __init__(self, world: KernelWorld) -> None:
        self.settings = Settings(keep_events_days=30)
        self.events = world.events
        self.clock = world.clock


def test_every_kind_of_work_has_a_name_of_its_own(platform: Served) -> None:
    kinds = [handler.kind for handler in work(platform.kernel)]
    assert len(kinds) == len(set(kinds))


async def test_events_are_kept_as_long_as_the_operator_says(database) -> None:
    world = KernelWorld(database)
    shop = await world.environment("Shop")
    async with database.write() as connection:
        await world.events.append(connection, shop, "integrated_account:active", {"n": 1})
    forget = _forget_events(Parts(world))  # type: ignore[arg-type]
    world.clock.turn(29 * 86_400)
    await forget({})
    assert len((await world.events.list(shop)).items) == 1
    world.clock.turn(2 * 86_400)
    await forget({})
    assert (await world.events.list(shop)).items == []
