"""Accounts as customers and link pages use them."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.databases import bytes_on_disk
from tests.support.kernel_world import KernelWorld

from waypost.base.errors import Conflict, InvalidRequest, NotFound
from waypost.base.listing import Listing, newest_first, read_conditions
from waypost.kernel.accounts import ACCOUNT_FILTERS, Account

pytestmark = pytest.mark.anyio
PLANTED = "planted-5ecret-91c2"


async def test_a_linked_account_is_found_and_its_story_told(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop, context={"api_token": PLANTED, "subdomain": "ada"})
    found = await world.accounts.get(shop, account.id)
    assert found == account
    assert (found.status, found.context, found.integration) == (
        "active",
        {"subdomain": "ada"},
        "acme",
    )
    assert await world.event_types(shop) == ["created", "active"]
    assert (await world.tenants.get(shop, "tenant-1")).name == "tenant-1"


async def test_no_secret_shows_anywhere(world: KernelWorld, shop: str, tmp_path: Path) -> None:
    context = {"api_token": PLANTED, "subdomain": "ada"}
    account = await world.account(shop, context=context)
    await world.accounts.update(shop, account.id, {"context": {"api_token": PLANTED + "2"}})
    snapshot = await world.accounts.for_call(shop, account.id)
    events = await world.events.list(shop)
    wire = await world.accounts.wire(await world.accounts.get(shop, account.id))
    assert PLANTED not in repr((account, snapshot, events, wire, world.accounts))
    assert PLANTED.encode() not in bytes_on_disk(tmp_path)
    assert snapshot.credentials["api_token"].reveal() == PLANTED + "2"
    whole = {"api_token": PLANTED + "2", "subdomain": "ada"}
    assert await world.accounts.reveal(shop, account.id) == whole


async def test_the_wire_has_every_field(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    wire = await world.accounts.wire(account)
    assert wire["integration"]["name"] == "acme"
    assert wire["integration"]["config"] == {"label": "Acme"}
    assert wire["environment_integration"]["is_enabled"] is True
    assert wire["created_at"] == "2026-09-21T14:13:20.000Z"
    events = (await world.events.list(shop)).items
    assert events[-1].payload == wire


async def test_a_patch_merges_and_keeps_secrets(world: KernelWorld, shop: str) -> None:
    context = {"api_token": "k", "subdomain": "ada", "nested": {"a": 1}}
    account = await world.account(shop, context=context)
    assert (await world.accounts.update(shop, account.id, {"is_sandbox": True})).is_sandbox
    patch = {"nested": {"b": 2}, "new": True, "environment_variables": {"A": 1}}
    changes = {"context": patch, "tenant_id": "tenant-2", "id": "ignored"}
    changed = await world.accounts.update(shop, account.id, changes)
    assert changed.context == {"subdomain": "ada", "nested": {"b": 2}, "new": True}
    assert (changed.id, changed.tenant_id) == (account.id, "tenant-2")
    assert changed.credential_version == 1
    assert (await world.tenants.get(shop, "tenant-2")).id == "tenant-2"
    after = await world.accounts.for_call(shop, account.id)
    assert after.credentials["api_token"].reveal() == "k"
    assert (await world.event_types(shop))[-1] == "updated"

    again = await world.accounts.update(shop, account.id, {"context": {"api_token": "k2"}})
    assert again.credential_version == 2


async def test_a_patch_of_other_secrets_keeps_the_token_s_end(
    world: KernelWorld, shop: str
) -> None:
    account = await world.account(shop, integration="globex")
    ends = account.credentials_expire_at
    assert ends == world.clock.now() + 3600
    changed = await world.accounts.update(shop, account.id, {"context": {"secret": "s"}})
    assert changed.credentials_expire_at == ends
    token = {"oauth": {"token": {"access_token": "a2"}}}
    changed = await world.accounts.update(shop, account.id, {"context": token})
    assert changed.credentials_expire_at is None
    revealed = await world.accounts.reveal(shop, account.id)
    assert revealed["oauth"]["token"]["access_token"] == "a2"
    assert revealed["oauth"]["token"]["refresh_token"] == "refresh-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "gone"},
        {"context": []},
        {"context": {"api_token": {}}},
        {"tenant_id": ""},
        {"tenant_id": 1},
        {"authentication_method": "oauth2", "context": {}},
        {"unified_model_override": "x"},
        {"is_sandbox": "yes"},
    ],
)
async def test_wrong_changes_change_nothing(
    world: KernelWorld, shop: str, changes: dict[str, Any]
) -> None:
    account = await world.account(shop)
    with pytest.raises(InvalidRequest):
        await world.accounts.update(shop, account.id, changes)
    assert await world.accounts.get(shop, account.id) == account


async def test_patches_at_once_lose_nothing(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    processes = [world.again() for _ in range(6)]
    await asyncio.gather(
        *(
            each.accounts.update(shop, account.id, {"context": {f"k{n}": n}})
            for n, each in enumerate(processes)
        )
    )
    context = (await world.accounts.get(shop, account.id)).context
    assert context == {f"k{n}": n for n in range(6)}


async def test_a_reconnection_replaces_every_secret(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop, context={"api_token": "old", "secret": "x", "a": 1})
    for keep, context in [(True, {"a": 1, "b": 2}), (False, {"b": 2})]:
        again = await world.accounts.reconnect(
            shop,
            account.id,
            context={"api_token": "new", "b": 2},
            authentication_method="api_key",
            keep_context=keep,
        )
        assert (again.id, again.status, again.context) == (account.id, "connecting", context)
    assert await world.accounts.reveal(shop, account.id) == {"api_token": "new", "b": 2}
    await world.accounts.conclude(shop, account.id, "validated")
    events = ["created", "active", "updated", "updated", "active"]
    assert await world.event_types(shop) == events


async def test_checks_end_once(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop, active=False)
    failed = await world.accounts.conclude(
        shop, account.id, "validation_failed", error={"message": "no"}, result={"probes": []}
    )
    assert (failed.status, failed.last_error) == ("validation_error", {"message": "no"})
    assert failed.last_action_run_result == {"probes": []}
    with pytest.raises(Conflict):
        await world.accounts.conclude(shop, account.id, "validated")
    assert await world.event_types(shop) == ["created", "validation_error"]


async def test_creation_is_one_with_the_caller_s_transaction(world: KernelWorld, shop: str) -> None:
    install = await world.install(shop)

    async def undone() -> None:
        async with world.database.write() as connection:
            await world.accounts.create(
                shop,
                tenant_id="t",
                install_id=install.id,
                authentication_method="api_key",
                context={"api_token": "k"},
                within=connection,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert (await world.accounts.list(shop)).items == []
    assert (await world.tenants.list(shop)).items == []
    assert await world.event_types(shop) == []


async def test_an_account_needs_what_its_integration_offers(world: KernelWorld, shop: str) -> None:
    install = await world.install(shop)
    wanted: dict[str, Any] = {"tenant_id": "t", "install_id": install.id, "context": {}}
    with pytest.raises(InvalidRequest, match="api_key"):
        await world.accounts.create(shop, authentication_method="oauth2", **wanted)
    with pytest.raises(InvalidRequest):
        await world.accounts.create(
            shop, authentication_method="api_key", **{**wanted, "tenant_id": "x" * 257}
        )
    with pytest.raises(NotFound):
        await world.accounts.create(
            shop, authentication_method="api_key", **{**wanted, "install_id": "absent"}
        )


async def test_another_environment_sees_nothing(world: KernelWorld, shop: str) -> None:
    bank = await world.environment("Bank")
    account = await world.account(shop)
    accounts = world.accounts
    wanted: dict[str, Any] = {"tenant_id": "t", "authentication_method": "api_key", "context": {}}
    for hidden in (
        accounts.get(bank, account.id),
        accounts.for_call(bank, account.id),
        accounts.reveal(bank, account.id),
        accounts.update(bank, account.id, {"context": {}}),
        accounts.reconnect(bank, account.id, context={}, authentication_method="api_key"),
        accounts.conclude(bank, account.id, "validated"),
        accounts.delete(bank, account.id),
        accounts.uninstall(bank, account.install_id),
        accounts.delete_tenant(bank, "tenant-1"),
        accounts.create(bank, install_id=account.install_id, **wanted),
    ):
        with pytest.raises(NotFound):
            await hidden
    await accounts.for_call(shop, account.id)
    with pytest.raises(NotFound):  # also when the account is in memory
        await accounts.for_call(bank, account.id)
    assert accounts.peek(bank, account.id) is None
    assert (await accounts.list(bank)).items == []
    assert await accounts.delete_many(bank, ids=[account.id]) == (0, 0)
    assert await accounts.get(shop, account.id) == account


async def _listed(world: KernelWorld, shop: str, query: dict[str, Any]) -> list[Account]:
    listing = Listing(
        read_conditions(query, ACCOUNT_FILTERS), limit=2, newest_first=newest_first(query)
    )
    found: list[Account] = []
    while True:
        page = await world.accounts.list(shop, listing)
        found += page.items
        if page.next is None:
            return found
        assert page.items
        listing = replace(listing, after=page.next)


async def test_accounts_are_listed_in_pages_and_filtered(world: KernelWorld, shop: str) -> None:
    made = []
    for n in range(5):
        name = "initech" if n % 2 else "acme"
        active = n != 3
        made.append(
            await world.account(shop, integration=name, tenant_id=f"t{n % 3}", active=active)
        )
        world.clock.turn(1 if n != 1 else 0)
    everything = sorted(made, key=lambda each: (each.created_at, each.id))
    third = "2026-09-21T14:13:22Z"
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"tenant_id": "t0"}, [0, 3]),
        ({"tenant_id": {"in": "t0,t1"}}, [0, 1, 3, 4]),
        ({"tenant_id": ["t0"]}, [0, 3]),
        ({"tenant_id": {"nin": ["t0"]}}, [1, 2, 4]),
        ({"tenant_id": {"like": "T1%"}}, [1, 4]),
        ({"status": "connecting"}, [3]),
        ({"status": {"ne": "connecting"}, "tenant_id": "t0"}, [0]),
        ({"integration.name": "initech"}, [1, 3]),
        ({"integration": {"name": {"eq": "initech"}}}, [1, 3]),
        ({"is_sandbox": "false"}, [0, 1, 2, 3, 4]),
        ({"is_sandbox": "true"}, []),
        ({"created_at": {"gt": third}}, [4]),
        ({"created_at": {"gte": third, "lt": "2026-09-21T14:13:23.000+00:00"}}, [3]),
        ({"created_at": {"lte": "2026-09-21T14:13:20"}}, [0]),
        ({"tenant_id": "' OR 1=1 --"}, []),
        ({"unknown": "x"}, [0, 1, 2, 3, 4]),
    ]
    for query, wanted in cases:
        found = {each.id for each in await _listed(world, shop, query)}
        assert found == {made[n].id for n in wanted}, query
    assert await _listed(world, shop, {}) == everything
    assert await _listed(world, shop, {"sort": "-created_at"}) == everything[::-1]


async def test_odd_ids_are_just_not_found(world: KernelWorld, shop: str) -> None:
    for odd in ("", "\x00", "\ud800", "é", "x" * 100_000, "' OR ''='"):
        for asked in (
            world.accounts.get(shop, odd),
            world.accounts.get(odd, odd),
            world.accounts.for_call(shop, odd),
        ):
            with pytest.raises((NotFound, InvalidRequest)):
                await asked


async def test_tokens_that_end_soon_are_found(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop, integration="globex")
    await world.account(shop)
    now = world.clock.now()
    assert await world.accounts.expiring(now + 3601) == [(shop, account.id)]
    assert await world.accounts.expiring(now + 3600) == []
