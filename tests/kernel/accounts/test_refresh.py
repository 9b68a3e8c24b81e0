"""Renewing credentials once, here and across processes, whatever goes wrong."""

import asyncio
from collections.abc import Mapping

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.errors import (
    AccountNotReady,
    ProviderError,
    ProviderUnreachable,
    ReauthorizationNeeded,
)
from waypost.base.secret import Secret
from waypost.engine.auth import TokenSet

pytestmark = pytest.mark.anyio


class Provider:
    """A provider whose refresh tokens work once, as the strict ones' do."""

    def __init__(self, world: KernelWorld) -> None:
        self.world = world
        self.good = "refresh-1"
        self.calls = 0
        self.asked = asyncio.Event()
        self.failing: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def obtain(self, credentials: Mapping[str, Secret]) -> TokenSet:
        self.calls += 1
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0.005)
        if self.failing is not None:
            raise self.failing
        if credentials["refresh_token"].reveal() != self.good:
            raise ReauthorizationNeeded("The refresh token was used before.")
        self.good = f"refresh-{self.calls + 1}"
        ends = self.world.clock.now() + 3600
        return TokenSet(Secret(f"access-{self.calls + 1}"), Secret(self.good), ends)


@pytest.fixture
def provider(world: KernelWorld) -> Provider:
    return Provider(world)


async def test_many_callers_and_processes_cause_one_renewal(
    world: KernelWorld, shop: str, provider: Provider
) -> None:
    account = await world.account(shop, integration="globex")
    processes = [world, *(world.again() for _ in range(3))]
    stale = [await each.accounts.for_call(shop, account.id) for each in processes]
    world.clock.turn(3590)
    fresh = await asyncio.gather(
        *(
            each.accounts.refresh(old, provider.obtain)
            for each, old in zip(processes, stale, strict=True)
            for _ in range(5)
        )
    )
    assert provider.calls == 1
    assert {each.credentials["access_token"].reveal() for each in fresh} == {"access-2"}
    assert {each.version for each in fresh} == {2}
    found = await world.accounts.for_call(shop, account.id)
    assert found.credentials["refresh_token"].reveal() == "refresh-2"
    ends = found.expires_at
    assert ends is not None
    assert ends > world.clock.now() + 3500
    token = found.context["oauth"]["token"]
    assert token == {"expires_at": world.clock.iso(ends)}
    # who still holds the old snapshot is given the new credentials without asking the provider
    assert (await world.accounts.refresh(stale[0], provider.obtain)).version == 2
    assert provider.calls == 1
    again = await world.accounts.refresh(found, provider.obtain)
    assert again.version == 3


async def test_a_final_refusal_is_marked_once_and_told_to_all(
    world: KernelWorld, shop: str, provider: Provider
) -> None:
    account = await world.account(shop, integration="globex")
    stale = await world.accounts.for_call(shop, account.id)
    provider.good = "revoked"
    outcomes = await asyncio.gather(
        *(world.accounts.refresh(stale, provider.obtain) for _ in range(5)),
        return_exceptions=True,
    )
    assert all(isinstance(each, ReauthorizationNeeded) for each in outcomes)
    assert provider.calls == 1
    found = await world.accounts.get(shop, account.id)
    assert found.status == "needs_reauth"
    assert (found.last_error or {})["message"] == "The refresh token was used before."
    assert (await world.event_types(shop)).count("authentication_error") == 1


@pytest.mark.parametrize("failure", [ProviderUnreachable(), OSError("boom")])
async def test_a_passing_failure_marks_nothing_and_may_be_tried_again(
    world: KernelWorld, shop: str, provider: Provider, failure: Exception
) -> None:
    account = await world.account(shop, integration="globex")
    stale = await world.accounts.for_call(shop, account.id)
    provider.failing = failure
    with pytest.raises(type(failure)):
        await world.accounts.refresh(stale, provider.obtain)
    assert (await world.accounts.get(shop, account.id)).status == "active"
    provider.failing = None
    elsewhere = world.again()
    assert (await elsewhere.accounts.refresh(stale, provider.obtain)).version == 2


async def test_a_caller_that_gives_up_does_not_lose_the_new_token(
    world: KernelWorld, shop: str, provider: Provider
) -> None:
    account = await world.account(shop, integration="globex")
    stale = await world.accounts.for_call(shop, account.id)
    provider.gate = asyncio.Event()
    impatient = asyncio.get_running_loop().create_task(
        world.accounts.refresh(stale, provider.obtain)
    )
    await provider.asked.wait()
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    provider.gate.set()
    fresh = await world.accounts.refresh(stale, provider.obtain)
    assert (fresh.version, provider.calls) == (2, 1)


async def test_credentials_given_meanwhile_win(
    world: KernelWorld, shop: str, provider: Provider
) -> None:
    account = await world.account(shop, integration="globex")
    stale = await world.accounts.for_call(shop, account.id)
    provider.gate = asyncio.Event()
    renewal = asyncio.get_running_loop().create_task(world.accounts.refresh(stale, provider.obtain))
    await provider.asked.wait()
    token = {"access_token": "relinked", "refresh_token": "relinked-refresh"}
    await world.accounts.reconnect(
        shop, account.id, context={"oauth": {"token": token}}, authentication_method="oauth2"
    )
    provider.gate.set()
    assert (await renewal).credentials["access_token"].reveal() == "relinked"


async def test_a_process_that_died_blocks_the_others_for_a_minute_at_most(
    world: KernelWorld, shop: str, provider: Provider
) -> None:
    account = await world.account(shop, integration="globex")
    stale = await world.accounts.for_call(shop, account.id)
    provider.gate = asyncio.Event()
    dying = world.again()
    task = asyncio.get_running_loop().create_task(dying.accounts.refresh(stale, provider.obtain))
    await provider.asked.wait()
    provider.gate = None
    began = world.clock.now()
    fresh = await world.accounts.refresh(stale, provider.obtain)  # its sleeps turn the clock
    assert fresh.version == 2
    assert 59 < world.clock.now() - began < 62
    task.cancel()
    await dying.tasks.close()


async def test_waiting_for_another_process_ends(
    world: KernelWorld, shop: str, provider: Provider
) -> None:
    account = await world.account(shop, integration="globex")
    stale = await world.accounts.for_call(shop, account.id)
    provider.gate = asyncio.Event()
    holder = world.again()
    task = asyncio.get_running_loop().create_task(holder.accounts.refresh(stale, provider.obtain))
    await provider.asked.wait()

    async def still(seconds: float) -> None:  # the other process's claim never ends
        await asyncio.sleep(0)

    world.clock.sleep = still  # type: ignore[method-assign]
    with pytest.raises(AccountNotReady):
        await world.accounts.refresh(stale, provider.obtain)
    task.cancel()
    await holder.tasks.close()


async def test_a_provider_is_never_asked_inside_a_transaction(
    world: KernelWorld, shop: str, provider: Provider
) -> None:
    account = await world.account(shop, integration="globex")
    stale = await world.accounts.for_call(shop, account.id)

    async def inside() -> None:
        async with world.database.write():
            await world.accounts.refresh(stale, provider.obtain)

    with pytest.raises(RuntimeError, match="transaction"):
        await inside()
    assert provider.calls == 0
    assert not issubclass(RuntimeError, ProviderError)
