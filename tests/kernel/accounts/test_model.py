"""An account on the wire when the catalog has lost its integration."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.engine.manifest.loaded import Catalog

pytestmark = pytest.mark.anyio


async def test_an_account_outlives_its_integration(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    before = await world.accounts.wire(account)
    world.manifests.replace(Catalog())
    after = await world.accounts.wire(account)
    assert (
        after["integration"] | {"category": "email", "config": {"label": "Acme"}}
        == (before["integration"])
    )
    found = await world.accounts.for_call(shop, account.id)
    assert found.credentials["api_token"].reveal() == "key-1"
    await world.accounts.delete(shop, account.id)
