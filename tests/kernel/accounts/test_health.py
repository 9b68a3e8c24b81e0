"""What answers say about credentials, also when many answers come at once."""

import asyncio

import pytest
from tests.support.kernel_world import KernelWorld

pytestmark = pytest.mark.anyio


async def test_a_refusal_is_told_once_and_a_success_ends_it(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    seen = await world.accounts.for_call(shop, account.id)
    assert not await world.accounts.mark_succeeded(seen)
    assert await world.accounts.mark_unauthorized(seen, {"message": "bad key", "status": 401})
    now = await world.accounts.get(shop, account.id)
    occurred = "2026-09-21T14:13:20.000Z"
    assert now.status == "needs_reauth"
    assert now.last_error == {"message": "bad key", "status": 401, "occurred_at": occurred}

    seen = await world.accounts.for_call(shop, account.id)
    assert not await world.accounts.mark_unauthorized(seen)
    assert await world.accounts.mark_succeeded(seen, began_at=world.clock.now())
    now = await world.accounts.get(shop, account.id)
    assert (now.status, now.last_error) == ("active", None)
    told = ["created", "active", "authentication_error", "reactivated"]
    assert await world.event_types(shop) == told


async def test_of_many_refusals_in_many_processes_one_is_told(
    world: KernelWorld, shop: str
) -> None:
    account = await world.account(shop)
    processes = [world.again() for _ in range(5)]
    seen = [await each.accounts.for_call(shop, account.id) for each in processes]
    news = await asyncio.gather(
        *(
            each.accounts.mark_unauthorized(what)
            for each, what in zip(processes, seen, strict=True)
            for _ in range(4)
        )
    )
    assert sum(news) == 1
    assert (await world.event_types(shop)).count("authentication_error") == 1
    world.clock.turn(2)
    seen = [await each.accounts.for_call(shop, account.id) for each in processes]
    news = await asyncio.gather(
        *(
            each.accounts.mark_succeeded(what)
            for each, what in zip(processes, seen, strict=True)
            for _ in range(4)
        )
    )
    assert sum(news) == 1
    assert (await world.event_types(shop)).count("reactivated") == 1


async def test_old_credentials_say_nothing_about_new_ones(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    old = await world.accounts.for_call(shop, account.id)
    await world.accounts.update(shop, account.id, {"context": {"api_token": "new"}})
    assert not await world.accounts.mark_unauthorized(old)
    assert not await world.accounts.mark_forbidden(old, resource="a", method="list")
    assert (await world.accounts.get(shop, account.id)).status == "active"


async def test_a_call_from_before_the_refusal_reactivates_nothing(
    world: KernelWorld, shop: str
) -> None:
    account = await world.account(shop)
    began = world.clock.now()
    world.clock.turn(1)
    await world.accounts.mark_unauthorized(await world.accounts.for_call(shop, account.id))
    seen = await world.accounts.for_call(shop, account.id)
    assert not await world.accounts.mark_succeeded(seen, began_at=began)
    assert (await world.accounts.get(shop, account.id)).status == "needs_reauth"
    assert await world.accounts.mark_succeeded(seen, began_at=world.clock.now())


async def test_a_forbidden_call_is_written_down_and_cleared_in_silence(
    world: KernelWorld, shop: str
) -> None:
    account = await world.account(shop)
    refusal = {"resource": "users", "method": "list", "missing_scopes": ["users.read"]}

    async def forbidden() -> bool:
        seen = await world.accounts.for_call(shop, account.id)
        return await world.accounts.mark_forbidden(
            seen, resource="users", method="list", missing_scopes=["users.read"]
        )

    assert await forbidden()
    found = await world.accounts.get(shop, account.id)
    assert found.last_forbidden_error == {**refusal, "occurred_at": "2026-09-21T14:13:20.000Z"}
    assert found.status == "active"
    assert not await forbidden()  # the same again within a minute is not written
    world.clock.turn(61)
    assert await forbidden()
    assert await world.accounts.mark_succeeded(await world.accounts.for_call(shop, account.id))
    assert (await world.accounts.get(shop, account.id)).last_forbidden_error is None
    assert await world.event_types(shop) == ["created", "active"]


async def test_an_account_gone_meanwhile_is_no_error(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    seen = await world.accounts.for_call(shop, account.id)
    await world.accounts.delete(shop, account.id)
    assert not await world.accounts.mark_unauthorized(seen)
    assert not await world.accounts.mark_forbidden(seen, resource=None, method=None)


async def test_a_failed_account_stays_failed_whatever_its_calls_say(
    world: KernelWorld, shop: str
) -> None:
    account = await world.account(shop, active=False)
    await world.accounts.conclude(shop, account.id, "validation_failed")
    seen = await world.accounts.for_call(shop, account.id)
    assert not await world.accounts.mark_unauthorized(seen)
    assert not await world.accounts.mark_succeeded(seen)
    assert (await world.accounts.get(shop, account.id)).status == "validation_error"
