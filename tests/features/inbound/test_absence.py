"""Nobody was here for a while: every webhook of ours is read for that time."""

from typing import Any

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.features.inbound.absence import Absence
from waypost.features.inbound.backfill import BACKFILL
from waypost.kernel.hooks import Hooks

pytestmark = pytest.mark.anyio


@pytest.fixture
def world(database: Database) -> KernelWorld:
    return KernelWorld(database)


@pytest.fixture
async def shop(world: KernelWorld) -> str:
    return await world.environment("Shop")


class Noted:
    """Jobs as they are enqueued."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []

    async def enqueue(self, connection: Any, job: Any) -> str:
        self.jobs.append(job)
        return str(len(self.jobs))


async def test_an_absence_is_noticed_once(world: KernelWorld, shop: str) -> None:
    account = (await world.account(shop)).id
    hooks = Hooks(world.database, world.vault, clock=world.clock)
    hook = await hooks.plan(shop, account, "domain", "d1", subject_name="shop.test")
    await hooks.change(hook, {"state": "active"})
    await hooks.plan(shop, account, "domain", "d2")
    noted: Any = Noted()
    absence = Absence(world.database, hooks=hooks, jobs=noted, clock=world.clock)
    other = Absence(world.database, hooks=hooks, jobs=noted, clock=world.clock)
    assert await absence.beat() == 0
    world.clock.turn(100)
    assert await other.beat() == 0
    left = world.clock.now()
    world.clock.turn(7200)
    assert (await absence.beat(), await other.beat()) == (1, 0)
    (job,) = noted.jobs
    assert job.kind == BACKFILL
    assert (job.payload["account_id"], job.payload["subject_id"]) == (account, "d1")
    assert job.payload["since"] <= left
    assert job.payload["until"] == world.clock.now()
