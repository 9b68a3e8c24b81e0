"""The SQL of what is pushed: of one environment, for one target."""

import pytest
from tests.kernel.suppressions.conftest import Desk

from waypost.kernel.suppressions.model import Target
from waypost.kernel.suppressions.pushes import store
from waypost.kernel.suppressions.pushes.store import Push
from waypost.kernel.suppressions.rules import target_scopes

pytestmark = pytest.mark.anyio


def row(desk: Desk, **values) -> Push:
    blank = dict.fromkeys(Push.__slots__)
    usual = {
        "id": "p1",
        "account_id": desk.account,
        "environment_id": desk.shop,
        "address": "nia@y.test",
        "domain": "",
        "state": "ours",
        "native_list": "blocklist",
        "native_id": "n1",
        "gone": "",
        "missed": 0,
        "began_at": 1.0,
        "updated_at": 1.0,
    }
    return Push(**{**blank, **usual, **values})


def target(desk: Desk, domain: str = "") -> Target:
    return Target(desk.account, "blocklist", domain, "", target_scopes(desk.account, domain))


async def wanted(desk: Desk, domain: str = "", environment: str | None = None) -> list[str]:
    async with desk.world.database.read() as connection:
        where = (environment or desk.shop, "tenant-1", target(desk, domain))
        return await store.wanted(connection, *where, after="", limit=10)


async def test_what_a_target_should_have(desk: Desk) -> None:
    ours = {"origin": "here", "source": "api"}
    await desk.add(
        desk.fact("all@y.test", **ours),
        desk.fact("mine@y.test", scope=f"account:{desk.account}", **ours),
        desk.fact("other@y.test", scope="account:other", **ours),
        desk.fact("domain@y.test", scope="domain:shop.test", **ours),
        desk.fact("12025550188", **ours),
        desk.fact("told@y.test"),
        desk.fact("@y.test", origin="another account"),
    )
    assert await wanted(desk) == ["@y.test", "all@y.test", "mine@y.test"]
    assert await wanted(desk, "mail.shop.test") == ["domain@y.test"]
    assert await wanted(desk, "shop2.test") == []
    other = await desk.world.environment("Other")
    assert await wanted(desk, environment=other) == []


async def test_what_the_provider_lists_itself_is_not_wanted(desk: Desk) -> None:
    await desk.add(desk.fact(origin="here", source="api", reason="manual"))
    listed = desk.fact(scope=f"account:{desk.account}", native_list="blocklist", native_id="n1")
    await desk.add(listed)
    assert await wanted(desk) == []
    page = await desk.suppressions.list(desk.shop)
    [told] = [each for each in page.items if each.source == "pull"]
    await desk.suppressions.remove(desk.shop, told.id, by="Ada", why="x")
    assert await wanted(desk) == ["nia@y.test"]


async def test_a_place_is_taken_once(desk: Desk) -> None:
    async with desk.world.database.write() as connection:
        assert await store.add(connection, row(desk))
        assert not await store.add(connection, row(desk, id="p2"))
        assert await store.add(connection, row(desk, id="p3", domain="y.test"))
        await store.bury(connection, desk.shop, ["p1"], 2.0)
        assert await store.add(connection, row(desk, id="p4"))


async def test_what_was_taken_off_is_forgotten_later(desk: Desk) -> None:
    """Not what a person removed of the account's own: it would be taken off again for ever."""
    await desk.add(desk.fact("z@y.test", native_list="blocklist", native_id="n2"))
    async with desk.world.database.write() as connection:
        await store.add(connection, row(desk))
        await store.add(connection, row(desk, id="p2", address="z@y.test", native_id="n2"))
        await store.bury(connection, desk.shop, ["p1", "p2"], 5.0)
        await store.forget_gone(connection, desk.shop, desk.account, 5.0)
        assert len(await store.in_state(connection, desk.shop, desk.account, "gone", 9)) == 2
        await store.forget_gone(connection, desk.shop, desk.account, 6.0)
        [kept] = await store.in_state(connection, desk.shop, desk.account, "gone", 9)
    assert kept.id == "p2"


async def test_another_environment_changes_nothing(desk: Desk) -> None:
    other = await desk.world.environment("Other")
    async with desk.world.database.write() as connection:
        await store.add(connection, row(desk))
        await store.change(connection, other, ["p1"], {"state": "refused"})
        await store.remove(connection, other, ["p1"])
        await store.hand_over(connection, other, desk.account)
        assert await store.about(connection, other, desk.account, {"n1"}, set()) == []
        assert await store.of_addresses(connection, other, ["nia@y.test"]) == []
        [kept] = await store.about(connection, desk.shop, desk.account, {"n1"}, set())
    assert kept == row(desk)
