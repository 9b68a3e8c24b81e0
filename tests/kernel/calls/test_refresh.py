"""Which access tokens are renewed, and how; that it happens once is in accounts/test_refresh.py."""

from typing import Any

import pytest
from tests.support.kernel_world import KernelWorld
from tests.support.scripted_transport import ScriptedTransport, answer

from waypost.base.errors import ReauthorizationNeeded, SettingInvalid
from waypost.base.secret import Secret
from waypost.engine.auth import OAuthApp
from waypost.engine.transport import Deadlines
from waypost.kernel.accounts import AccountForCall
from waypost.kernel.calls.refresh import AHEAD_SECONDS, Refresher

pytestmark = pytest.mark.anyio

APP = OAuthApp("our-id", Secret("our-secret"))
TOKENS = {"access_token": "new", "refresh_token": "newer", "expires_in": 60, "token_type": "bearer"}


def refresher(world: KernelWorld, *steps: Any, apps: dict[str, OAuthApp] | None = None) -> Any:
    transport = ScriptedTransport(steps)
    made = Refresher(
        accounts=world.accounts,
        installs=world.installs,
        transport=transport,
        clock=world.clock,
        deadlines=Deadlines(),
        apps={"globex": APP} if apps is None else apps,
    )
    return made, transport


async def linked(world: KernelWorld, shop: str, integration: str = "globex") -> AccountForCall:
    account = await world.account(shop, integration=integration)
    return await world.accounts.for_call(shop, account.id)


async def test_a_token_is_due_two_minutes_ahead(world: KernelWorld, shop: str) -> None:
    made, _ = refresher(world)
    account = await linked(world, shop)
    world.clock.turn(3600 - AHEAD_SECONDS)
    assert not made.is_due(account)
    world.clock.turn(1)
    assert made.is_due(account)
    assert not made.is_due(await linked(world, shop, "acme")), "a key does not end"


async def test_a_due_token_is_exchanged_and_kept(world: KernelWorld, shop: str) -> None:
    made, transport = refresher(world, answer(200, TOKENS))
    account = await linked(world, shop)
    integration = world.manifests.integration("globex")
    fresh = await made.refresh(account, integration)
    assert fresh.credentials["access_token"].reveal() == "new"
    again = await world.accounts.for_call(shop, account.id)
    assert again.credentials["refresh_token"].reveal() == "newer"
    assert b"refresh_token=refresh-1" in transport.requests[0].body


async def test_an_ended_grant_asks_for_the_owner(world: KernelWorld, shop: str) -> None:
    made, _ = refresher(world, answer(400, {"error": "invalid_grant"}))
    account = await linked(world, shop)
    with pytest.raises(ReauthorizationNeeded):
        await made.refresh(account, world.manifests.integration("globex"))
    assert (await world.accounts.get(shop, account.id)).status == "needs_reauth"


async def test_our_own_registration_must_be_set(world: KernelWorld, shop: str) -> None:
    made, _ = refresher(world, apps={})
    install = await world.install(shop, "globex")
    with pytest.raises(SettingInvalid, match="WAYPOST_OAUTH_CLIENTS"):
        await made.app(world.manifests.integration("globex"), shop, install.id)
