"""Our webhooks at providers and their secrets."""

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.errors import NotFound
from waypost.base.secret import Secret
from waypost.kernel.hooks import Hooks
from waypost.kernel.hooks.store import get

pytestmark = pytest.mark.anyio


@pytest.fixture
async def placed(world: KernelWorld, shop: str) -> tuple[Hooks, str, str]:
    account = (await world.account(shop)).id
    return Hooks(world.database, world.vault, clock=world.clock), shop, account


async def test_a_hook_keeps_what_the_provider_told(placed) -> None:
    hooks, shop, account = placed
    hook = await hooks.plan(shop, account, "domain", "d1", subject_name="shop.test")
    assert hook.state == "planned"
    changed = await hooks.change(
        hook, {"state": "active", "provider_id": "w1"}, secret=Secret("s3cret-of-the-hook")
    )
    assert (changed.state, changed.provider_id) == ("active", "w1")
    assert b"s3cret" not in (changed.sealed_secret or b"")
    assert [each.id for each in await hooks.of_account(shop, account)] == [hook.id]


async def test_secrets_are_those_of_the_named_hook_or_of_all(placed) -> None:
    hooks, shop, account = placed
    first = await hooks.plan(shop, account, "domain", "d1")
    second = await hooks.plan(shop, account, "domain", "d2")
    await hooks.change(first, {}, secret=Secret("one"))
    await hooks.change(second, {}, secret=Secret("two"))

    async def found(hook_id: str | None) -> list[str]:
        return [each.reveal() for each in await hooks.secrets(shop, account, hook_id)]

    assert await found(first.id) == ["one"]
    assert sorted(await found(None)) == ["one", "two"]
    assert await found("another") == []


async def test_another_environment_has_no_such_hook(placed, world: KernelWorld) -> None:
    hooks, shop, account = placed
    hook = await hooks.plan(shop, account, "domain", "d1")
    other = await world.environment("Other")
    assert await hooks.of_account(other, account) == []
    async with world.database.read() as connection:
        with pytest.raises(NotFound):
            await get(connection, other, hook.id)


async def test_a_removed_hook_verifies_nothing(placed) -> None:
    hooks, shop, account = placed
    hook = await hooks.plan(shop, account, "domain", "d1")
    hook = await hooks.change(hook, {}, secret=Secret("one"))
    await hooks.remove(hook)
    assert await hooks.secrets(shop, account, None) == []
