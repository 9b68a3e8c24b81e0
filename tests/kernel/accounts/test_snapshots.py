"""The account in memory: quick, and never old for long."""

import asyncio
import time

import pytest
from tests.support.kernel_world import OPERATOR, KernelWorld

from waypost.base.errors import Forbidden, KeyMissing, NotFound

pytestmark = pytest.mark.anyio


async def test_a_snapshot_has_what_a_call_needs(world: KernelWorld, shop: str) -> None:
    install = await world.install(shop)
    override = {"environment_variables": {"REGION": "eu"}, "base_url": "https://eu.example"}
    await world.installs.update(shop, install.id, {"override": override})
    account = await world.account(shop, context={"api_token": "k", "subdomain": "ada"})
    found = await world.accounts.for_call(shop, account.id)
    assert {name: each.reveal() for name, each in found.credentials.items()} == {
        "api_token": "k",
        "subdomain": "ada",
    }
    assert found.context == {"subdomain": "ada", "environment_variables": {"REGION": "eu"}}
    assert found.install.override == override
    assert (found.id, found.environment_id, found.tenant_id, found.integration) == (
        account.id,
        shop,
        "tenant-1",
        "acme",
    )
    assert (found.status, found.version, found.expires_at) == ("active", 1, None)


async def test_it_is_read_once_however_many_ask(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    assert world.accounts.peek(shop, account.id) is None
    many = await asyncio.gather(*(world.accounts.for_call(shop, account.id) for _ in range(20)))
    assert all(each is many[0] for each in many)
    assert world.accounts.peek(shop, account.id) is many[0]
    world.clock.turn(2)
    assert world.accounts.peek(shop, account.id) is None


async def test_this_process_s_changes_show_at_once_and_others_in_two_seconds(
    world: KernelWorld, shop: str
) -> None:
    account = await world.account(shop)
    elsewhere = world.again()
    for each in (world, elsewhere):
        await each.accounts.for_call(shop, account.id)
    await world.accounts.update(shop, account.id, {"context": {"api_token": "k2"}})
    assert (await world.accounts.for_call(shop, account.id)).version == 2
    assert (await elsewhere.accounts.for_call(shop, account.id)).version == 1
    world.clock.turn(2)
    found = await elsewhere.accounts.for_call(shop, account.id)
    assert found.credentials["api_token"].reveal() == "k2"


async def test_what_is_deleted_or_switched_off_is_refused_within_two_seconds(
    world: KernelWorld, shop: str
) -> None:
    kept, gone = [await world.account(shop) for _ in range(2)]
    elsewhere = world.again()
    for each in (world, elsewhere):
        await each.accounts.for_call(shop, gone.id)
        await each.accounts.for_call(shop, kept.id)
    await world.accounts.delete(shop, gone.id)
    await world.installs.update(shop, kept.install_id, {"is_enabled": False})
    for each in (world, elsewhere):
        with pytest.raises(NotFound):
            await each.accounts.for_call(shop, gone.id)
        with pytest.raises(Forbidden, match="switched off"):
            await each.accounts.for_call(shop, kept.id)
        assert each.accounts.peek(shop, kept.id) is None
        world.clock.turn(2)
    await world.installs.update(shop, kept.install_id, {"is_enabled": True})
    assert (await world.accounts.for_call(shop, kept.id)).id == kept.id


async def test_a_change_during_a_read_is_not_missed(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    for _ in range(10):
        world.clock.turn(2)
        version = (await world.accounts.get(shop, account.id)).credential_version
        change = {"context": {"api_token": f"k{version + 1}"}}
        await asyncio.gather(
            world.accounts.for_call(shop, account.id),
            world.accounts.update(shop, account.id, change),
            world.accounts.for_call(shop, account.id),
        )
        found = await world.accounts.for_call(shop, account.id)
        assert found.version == version + 1
        assert found.credentials["api_token"].reveal() == f"k{version + 1}"


async def test_a_deleted_environment_s_accounts_are_gone_with_their_keys(
    world: KernelWorld, shop: str
) -> None:
    account = await world.account(shop)
    await world.accounts.for_call(shop, account.id)
    await world.environments.delete(OPERATOR, shop)
    with pytest.raises(NotFound):
        await world.accounts.for_call(shop, account.id)


async def test_a_missing_key_is_the_operator_s_matter(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    lost = world.keyring.current_id
    elsewhere = world.again()
    world.keyring.add()
    del world.keyring.keys[lost]
    with pytest.raises(KeyMissing, match=lost):
        await elsewhere.accounts.for_call(shop, account.id)


async def test_peeking_is_quick(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    await world.accounts.for_call(shop, account.id)
    best = 1.0
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(100):
            world.accounts.peek(shop, account.id)
        best = min(best, (time.perf_counter() - began) / 100)
    assert best < 20e-6, f"{best * 1e6:.2f} µs"  # below 1 on an idle machine
