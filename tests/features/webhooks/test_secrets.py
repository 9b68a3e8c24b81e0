"""Secrets of endpoints, and the day on which two of them count."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.features.webhooks.endpoints import NewWebhook, Webhooks
from waypost.features.webhooks.secrets import OVERLAP, Secrets

pytestmark = pytest.mark.anyio


async def test_the_old_secret_counts_for_a_while(database: Database) -> None:
    world = KernelWorld(database)
    shop = await world.environment("Shop")
    kept = Webhooks(database, world.vault, world.manifests, clock=world.clock, allow_loopback=False)
    webhook, first = await kept.create(shop, NewWebhook(target_url="https://x.example"))
    secrets = Secrets(database, world.vault, clock=world.clock)

    async def now() -> list[str]:
        return [each.reveal() for each in await secrets.open(webhook)]

    assert await now() == [first.reveal()]
    second = await secrets.rotate(webhook)
    assert await now() == [second.reveal(), first.reveal()]
    world.clock.turn(OVERLAP + 1)
    assert await now() == [second.reveal()]
    third = await secrets.rotate(webhook, overlap=0)
    assert await now() == [third.reveal()]
