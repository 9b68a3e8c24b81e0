"""A send is found in its environment only."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.features.timeline.store import find_message

pytestmark = pytest.mark.anyio


async def test_another_environments_send_is_not_found(database: Database) -> None:
    shop = await KernelWorld(database).environment("Shop")
    async with database.read() as connection:
        assert await find_message(connection, shop, "m1") is None
