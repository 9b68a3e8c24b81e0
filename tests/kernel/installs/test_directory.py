"""Integrations switched on and off."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.support.databases import bytes_on_disk
from tests.support.kernel_world import KernelWorld

from waypost.base.errors import InvalidRequest, NotFound
from waypost.base.listing import Listing, read_conditions
from waypost.kernel.installs import wire_install
from waypost.kernel.installs.store import INSTALL_FILTERS
from waypost.kernel.manifests import integration_id

pytestmark = pytest.mark.anyio
PLANTED = "planted-0auth-77"
OVERRIDE: dict[str, Any] = {
    "credentials": {"oauth2": {"client": {"id": "app", "secret": PLANTED}}},
    "environment_variables": {"REGION": "eu"},
    "secret_environment_variables": {"KEY": PLANTED},
}


async def test_switching_on_twice_is_switching_on_once(world: KernelWorld, shop: str) -> None:
    processes = [world.again() for _ in range(4)]
    made = await asyncio.gather(*(each.installs.create(shop, "acme") for each in processes))
    assert len({each.id for each in made}) == 1
    by_id = await world.installs.create(shop, integration_id("acme"), is_enabled=False)
    assert by_id == made[0]
    types = [each.type for each in (await world.events.list(shop)).items]
    assert types == ["environment_integration:created"]
    assert await world.installs.find(shop, "acme") == made[0]
    assert await world.installs.find(shop, "globex") is None
    with pytest.raises(NotFound):
        await world.installs.create(shop, "nonesuch")


async def test_the_override_s_secrets_are_sealed(
    world: KernelWorld, shop: str, tmp_path: Path
) -> None:
    install = await world.installs.create(shop, "globex", override=OVERRIDE)
    assert install.override == {
        "credentials": {"oauth2": {"client": {"id": "app"}}},
        "environment_variables": {"REGION": "eu"},
    }
    secrets = await world.again().installs.secrets(shop, install.id)
    assert {path: each.reveal() for path, each in secrets.items()} == {
        "credentials/oauth2/client/secret": PLANTED,
        "secret_environment_variables/KEY": PLANTED,
    }
    events = (await world.events.list(shop)).items
    assert PLANTED not in repr((install, events, wire_install(install)))
    assert PLANTED.encode() not in bytes_on_disk(tmp_path)


async def test_an_override_is_replaced_whole(world: KernelWorld, shop: str) -> None:
    install = await world.installs.create(shop, "globex", override=OVERRIDE)
    world.clock.turn(1)
    changes = {"override": {"base_url": "https://x.example"}, "show_in_catalog": False}
    changed = await world.installs.update(shop, install.id, changes)
    assert changed.override == {"base_url": "https://x.example"}
    assert (changed.show_in_catalog, changed.is_enabled) == (False, True)
    assert await world.installs.secrets(shop, install.id) == {}
    assert changed.updated_at == install.updated_at + 1
    for wrong in ({"is_enabled": "no"}, {"override": {"secret_environment_variables": [1]}}):
        with pytest.raises(InvalidRequest):
            await world.installs.update(shop, install.id, wrong)
    assert await world.installs.get(shop, install.id) == changed


async def test_another_environment_sees_nothing(world: KernelWorld, shop: str) -> None:
    bank = await world.environment("Bank")
    install = await world.installs.create(shop, "acme", override=OVERRIDE)
    for hidden in (
        world.installs.get(bank, install.id),
        world.installs.update(bank, install.id, {"is_enabled": False}),
    ):
        with pytest.raises(NotFound):
            await hidden
    assert await world.installs.secrets(bank, install.id) == {}
    assert await world.installs.find(bank, "acme") is None
    theirs = await world.installs.create(bank, "acme")
    assert theirs.id != install.id
    listing = Listing(read_conditions({"is_enabled": "true"}, INSTALL_FILTERS))
    assert (await world.installs.list(bank, listing)).items == [theirs]


async def test_an_environment_that_is_gone_takes_no_install(world: KernelWorld) -> None:
    with pytest.raises(NotFound):
        await world.installs.create("gone", "acme", override=OVERRIDE)
    assert (await world.installs.list("gone")).items == []
