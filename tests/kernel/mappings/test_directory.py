"""Unified models switched on, and their mappings changed, per environment."""

import asyncio
from typing import Any

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.base.errors import Conflict, NotFound
from waypost.base.listing import Listing, read_conditions
from waypost.engine.manifest.loaded import Catalog
from waypost.engine.manifest.strict import checked
from waypost.engine.manifest.unified import UnifiedModel
from waypost.kernel.manifests import model_id
from waypost.kernel.mappings import MAPPING_FILTERS, Mappings, ModelInstall

pytestmark = pytest.mark.anyio
CELL = {"integration": "acme", "model": "email", "resource": "messages", "method": "list"}


@pytest.fixture
def world(database: Database) -> KernelWorld:
    world = KernelWorld(database)
    described = {
        "name": "email",
        "label": "E-mail",
        "category": "email",
        "description": "A model for tests.",
        "resources": {
            "messages": {
                "description": "Messages.",
                "schema": {"type": "object"},
                "methods": {"list": {"description": "List messages."}},
            }
        },
    }
    model = checked(UnifiedModel, described)
    world.manifests.replace(Catalog(world.manifests.catalog.integrations, {"email": model}))
    return world


def _mappings(world: KernelWorld) -> Mappings:
    return Mappings(
        world.database,
        manifests=world.manifests,
        tasks=world.tasks,
        clock=world.clock,
        monotonic=world.clock.now,
    )


@pytest.fixture
def mappings(world: KernelWorld) -> Mappings:
    return _mappings(world)


@pytest.fixture
async def model(mappings: Mappings, shop: str) -> ModelInstall:
    return await mappings.install(shop, "email")


def _cell(config: dict[str, Any]) -> dict[str, Any]:
    names = {"integration": "acme", "resource": "messages", "method": "list"}
    return {**names, "config": config}


async def test_a_model_is_installed_once(world: KernelWorld, mappings: Mappings, shop: str) -> None:
    made = await asyncio.gather(*(_mappings(world).install(shop, "email") for _ in range(4)))
    assert len({each.id for each in made}) == 1
    assert await mappings.install(shop, model_id("email")) == made[0]
    assert (await mappings.list_models(shop)).items == [made[0]]
    changed = await mappings.update_model(shop, made[0].id, {"docs": {"a": 1}, "x": None})
    assert changed.override == {"docs": {"a": 1}}
    with pytest.raises(NotFound):
        await mappings.install(shop, "nonesuch")


async def test_an_override_changes_one_mapping_at_once(
    world: KernelWorld, mappings: Mappings, shop: str, model: ModelInstall
) -> None:
    elsewhere = _mappings(world)
    assert await elsewhere.override(shop, **CELL) is None
    made = await mappings.create(shop, model.id, **_cell({"query": {"a": 1, "b": 2}}))
    assert await mappings.override(shop, **CELL) == {"query": {"a": 1, "b": 2}}
    assert await mappings.override(shop, **{**CELL, "method": "get"}) is None
    changed = await mappings.update(shop, made.id, {"query": {"b": None, "c": 3}}, version=1)
    assert (changed.version, changed.config) == (2, {"query": {"a": 1, "c": 3}})
    assert await mappings.override(shop, **CELL) == {"query": {"a": 1, "c": 3}}
    assert await elsewhere.override(shop, **CELL) is None
    world.clock.turn(2)
    assert await elsewhere.override(shop, **CELL) == {"query": {"a": 1, "c": 3}}
    with pytest.raises(Conflict):
        await mappings.create(shop, model.id, **_cell({}))
    await mappings.remove(shop, made.id)
    assert await mappings.override(shop, **CELL) is None


async def test_of_changes_to_one_version_one_wins(
    world: KernelWorld, mappings: Mappings, shop: str, model: ModelInstall
) -> None:
    made = await mappings.create(shop, model.id, **_cell({}))
    outcomes = await asyncio.gather(
        *(_mappings(world).update(shop, made.id, {"n": n}, version=1) for n in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Conflict) for each in outcomes) == 4
    assert (await mappings.get(shop, made.id)).version == 2
    assert (await mappings.update(shop, made.id, {"m": 1})).version == 3


async def test_overrides_are_filtered_and_go_with_their_model(
    mappings: Mappings, shop: str, model: ModelInstall
) -> None:
    made = await mappings.create(shop, model.id, **_cell({}))
    query = {"integration_name": "acme", "environment_unified_model_id": model.id}
    listing = Listing(read_conditions(query, MAPPING_FILTERS))
    assert (await mappings.list(shop, listing)).items == [made]
    other = Listing(read_conditions({"method_name": "get"}, MAPPING_FILTERS))
    assert (await mappings.list(shop, other)).items == []
    await mappings.override(shop, **CELL)
    await mappings.uninstall(shop, model.id)
    assert await mappings.override(shop, **CELL) is None
    for gone in (mappings.get(shop, made.id), mappings.get_model(shop, model.id)):
        with pytest.raises(NotFound):
            await gone


async def test_another_environment_sees_nothing(
    world: KernelWorld, mappings: Mappings, shop: str, model: ModelInstall
) -> None:
    bank = await world.environment("Bank")
    made = await mappings.create(shop, model.id, **_cell({"query": {"a": 1}}))
    for hidden in (
        mappings.get_model(bank, model.id),
        mappings.update_model(bank, model.id, {}),
        mappings.uninstall(bank, model.id),
        mappings.create(bank, model.id, **_cell({})),
        mappings.get(bank, made.id),
        mappings.update(bank, made.id, {}),
        mappings.remove(bank, made.id),
    ):
        with pytest.raises(NotFound):
            await hidden
    assert await mappings.override(bank, **CELL) is None
