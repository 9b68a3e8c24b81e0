"""A kernel on a fresh database, and one environment in it."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database


@pytest.fixture
def world(database: Database) -> KernelWorld:
    return KernelWorld(database)


@pytest.fixture
async def shop(world: KernelWorld) -> str:
    return await world.environment("Shop")
