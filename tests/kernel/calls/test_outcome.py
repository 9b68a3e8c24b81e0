"""What an answer's status does to the account."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.tasks import BackgroundTasks
from waypost.kernel.calls.outcome import Outcomes
from waypost.kernel.calls.record import Recorder
from waypost.kernel.calls.trace import CallTrace, Traces

pytestmark = pytest.mark.anyio


async def settle(world: KernelWorld, shop: str, account_id: str, status: int) -> CallTrace:
    async def nowhere(_: object) -> None:
        return None

    trace = Traces(world.clock, Recorder(nowhere, BackgroundTasks())).begin(
        request_id="r",
        environment_id=shop,
        account_id=account_id,
        tenant_id=None,
        integration="acme",
        surface="proxy",
        http_method="GET",
    )
    trace.record.resource, trace.record.method = "letters", "list"
    trace.scopes = ("letters_read",)
    seen = await world.accounts.for_call(shop, account_id)
    await Outcomes(world.accounts).settle(seen, status, trace)
    return trace


@pytest.mark.parametrize("status", [0, 200, 204, 302, 400, 404, 422, 429, 500, 503])
async def test_most_answers_say_nothing_about_the_account(
    world: KernelWorld, shop: str, status: int
) -> None:
    account = await world.account(shop)
    await settle(world, shop, account.id, status)
    assert await world.accounts.get(shop, account.id) == account


async def test_401_asks_for_the_owner_until_a_success(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    trace = await settle(world, shop, account.id, 401)
    assert trace.record.needs_reauth
    assert (await world.accounts.get(shop, account.id)).status == "needs_reauth"
    world.clock.turn(1)
    await settle(world, shop, account.id, 500)
    assert (await world.accounts.get(shop, account.id)).status == "needs_reauth"
    await settle(world, shop, account.id, 200)
    assert (await world.accounts.get(shop, account.id)).status == "active"
    assert (await world.event_types(shop))[-2:] == ["authentication_error", "reactivated"] or (
        set(await world.event_types(shop)) >= {"authentication_error", "reactivated"}
    )


async def test_403_is_remembered_until_a_success(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    await settle(world, shop, account.id, 403)
    noted = (await world.accounts.get(shop, account.id)).last_forbidden_error or {}
    assert noted["resource"] == "letters"
    assert noted["missing_scopes"] == ["letters_read"]
    await settle(world, shop, account.id, 201)
    assert (await world.accounts.get(shop, account.id)).last_forbidden_error is None
