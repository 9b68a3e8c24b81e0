"""The end of accounts, and of what only they needed."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.support.kernel_world import OPERATOR, KernelWorld

from waypost.base.errors import Conflict, InvalidRequest, NotFound, Unauthenticated
from waypost.kernel.accounts.removal import MOST_AT_ONCE
from waypost.kernel.vault import Rotation

pytestmark = pytest.mark.anyio


async def _data_keys(world: KernelWorld) -> int:
    return sum((await Rotation(world.database, world.keyring).in_use()).values())


async def test_a_deleted_account_takes_its_key_and_tokens_along(
    world: KernelWorld, shop: str
) -> None:
    account = await world.account(shop)
    token = (await world.environments.create_account_token(shop, account.id)).reveal()
    await world.environments.authenticate(token)
    assert await _data_keys(world) == 1
    await world.accounts.delete(shop, account.id)
    with pytest.raises(NotFound):
        await world.accounts.get(shop, account.id)
    with pytest.raises(Unauthenticated):
        await world.environments.authenticate(token)
    assert await _data_keys(world) == 0
    events = (await world.events.list(shop)).items
    assert events[-1].type == "integrated_account:deleted"
    assert events[-1].payload == {"id": account.id}
    with pytest.raises(NotFound):
        await world.accounts.delete(shop, account.id)


async def test_many_are_deleted_by_id_or_tenant(world: KernelWorld, shop: str) -> None:
    made = [await world.account(shop, tenant_id=f"t{n % 2}") for n in range(5)]
    ids = [made[0].id, made[1].id, "absent"]
    assert await world.accounts.delete_many(shop, ids=ids) == (2, 2)
    assert await world.accounts.delete_many(shop, tenant_id="t0") == (2, 2)
    assert await world.accounts.delete_many(shop, tenant_id="nobody") == (0, 0)
    assert [each.id for each in (await world.accounts.list(shop)).items] == [made[3].id]
    assert await _data_keys(world) == 1


@pytest.mark.parametrize(
    "asked", [{}, {"ids": ["a"], "tenant_id": "t"}, {"ids": []}, {"ids": ["a"] * 100}]
)
async def test_deleting_many_has_bounds(
    world: KernelWorld, shop: str, asked: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest):
        await world.accounts.delete_many(shop, **asked)


async def test_a_tenant_is_deleted_only_without_accounts(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop, tenant_id="ada")
    with pytest.raises(Conflict, match="connected accounts"):
        await world.accounts.delete_tenant(shop, "ada")
    await world.accounts.delete(shop, account.id)
    assert (await world.accounts.delete_tenant(shop, "ada")).id == "ada"
    with pytest.raises(NotFound):
        await world.accounts.delete_tenant(shop, "ada")


async def test_uninstalling_deletes_the_accounts(world: KernelWorld, shop: str) -> None:
    made = [await world.account(shop) for _ in range(3)]
    kept = await world.account(shop, integration="initech")
    await world.accounts.uninstall(shop, made[0].install_id)
    assert [each.id for each in (await world.accounts.list(shop)).items] == [kept.id]
    with pytest.raises(NotFound):
        await world.installs.get(shop, made[0].install_id)
    told = await world.event_types(shop)
    assert told.count("deleted") == 3


async def test_a_deleted_environment_leaves_nothing(world: KernelWorld, shop: str) -> None:
    bank = await world.environment("Bank")
    await world.account(shop)
    kept = await world.account(bank)
    await world.environments.delete(OPERATOR, shop)
    assert await _data_keys(world) == 1
    assert (await world.accounts.for_call(bank, kept.id)).id == kept.id


async def test_who_asked_is_told_of_every_account_of_an_environment_before_it_goes(
    world: KernelWorld, shop: str
) -> None:
    bank = await world.environment("Bank")
    await world.account(bank)
    made = {(shop, (await world.account(shop)).id) for _ in range(MOST_AT_ONCE + 1)}
    told: list[tuple[str, str]] = []

    async def hear(places: Sequence[tuple[str, str]]) -> None:
        assert len(places) <= MOST_AT_ONCE
        for environment_id, account_id in places:
            await world.accounts.for_call(environment_id, account_id)
        told.extend(places)

    world.accounts.before_removal(hear)
    with pytest.raises(NotFound):
        await world.environments.delete(OPERATOR, "nobodys")
    await world.environments.delete(OPERATOR, shop)
    assert len(told) == MOST_AT_ONCE + 1
    assert set(told) == made
