"""What a tenant says, and what its accounts say of themselves."""

import pytest
from tests.kernel.suppressions.conftest import Desk

from waypost.base.errors import InvalidRequest
from waypost.kernel.suppressions.policy.directory import Policy

pytestmark = pytest.mark.anyio
TENANT = "tenant-1"


def policy_of(desk: Desk) -> Policy:
    return Policy(desk.world.database, clock=desk.world.clock)


async def test_the_account_says_more_than_its_tenant(desk: Desk) -> None:
    policy = policy_of(desk)
    assert (await policy.said(desk.shop, TENANT)).are_off
    await policy.say(desk.shop, TENANT, None, "all", "Ada")
    await policy.say(desk.shop, TENANT, desk.account, "additions", "Ada")
    said = await policy.said(desk.shop, TENANT)
    assert (said.tenant, said.of("another"), said.of(desk.account)) == ("all", "all", "additions")
    await policy.say(desk.shop, TENANT, desk.account, None, "Ada")
    assert (await policy.said(desk.shop, TENANT)).of(desk.account) == "all"
    other = await desk.world.environment("Other")
    assert (await policy.said(other, TENANT)).are_off


@pytest.mark.parametrize(("account", "push"), [(None, None), (None, "some"), ("a1", "some")])
async def test_what_cannot_be_said(desk: Desk, account: str | None, push: str | None) -> None:
    with pytest.raises(InvalidRequest):
        await policy_of(desk).say(desk.shop, TENANT, account, push, "Ada")
