"""Tenants by hand, in bulk and by accounts."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.errors import Conflict, InvalidRequest, NotFound

pytestmark = pytest.mark.anyio


async def test_a_tenant_is_made_changed_and_found(world: KernelWorld, shop: str) -> None:
    made = await world.tenants.create(shop, "ada@acme.test", metadata={"plan": "pro"})
    assert (made.name, made.metadata) == ("ada@acme.test", {"plan": "pro"})
    with pytest.raises(Conflict):
        await world.tenants.create(shop, "ada@acme.test")
    changes = {"name": "Ada", "metadata": [1], "id": "other"}
    changed = await world.tenants.update(shop, "ada@acme.test", changes)
    assert (changed.id, changed.name, changed.metadata) == ("ada@acme.test", "Ada", [1])
    assert await world.tenants.get(shop, "ada@acme.test") == changed
    assert (await world.tenants.list(shop)).items == [changed]


async def test_in_bulk_all_are_made_or_skipped_or_none(world: KernelWorld, shop: str) -> None:
    await world.tenants.create(shop, "b")
    wanted = [{"id": "a", "name": "A"}, {"id": "b"}, {"id": "a"}]
    created, skipped = await world.tenants.create_many(shop, wanted)
    assert ([each.id for each in created], skipped) == (["a"], ["b", "a"])
    with pytest.raises(InvalidRequest):
        await world.tenants.create_many(shop, [{"id": "c"}, {"id": "not one"}])
    with pytest.raises(InvalidRequest):
        await world.tenants.create_many(shop, [{"id": f"t{n}"} for n in range(1001)])
    with pytest.raises(NotFound):
        await world.tenants.get(shop, "c")


@pytest.mark.parametrize("odd", ["", "a b", "ü", "a" * 257, "a/b", "a\n"])
async def test_odd_ids_are_refused_here_but_accounts_may_use_them(
    world: KernelWorld, shop: str, odd: str
) -> None:
    with pytest.raises(InvalidRequest):
        await world.tenants.create(shop, odd)
    if 0 < len(odd) <= 256:
        account = await world.account(shop, tenant_id=odd)
        assert account.tenant_id == odd
        assert (await world.tenants.list(shop)).items == []


async def test_ids_are_per_environment(world: KernelWorld, shop: str) -> None:
    bank = await world.environment("Bank")
    await world.tenants.create(shop, "ada")
    await world.tenants.create(bank, "ada", name="Other")
    assert (await world.tenants.get(shop, "ada")).name == "ada"
    await world.tenants.create(shop, "only-here")
    with pytest.raises(NotFound):
        await world.tenants.get(bank, "only-here")
    with pytest.raises(NotFound):
        await world.tenants.update(bank, "only-here", {"name": "x"})
