"""Suppressions are kept, explained, and asked for one tenant of one environment."""

import pytest
from tests.kernel.suppressions.conftest import Desk

from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Listing
from waypost.engine.sending import Message
from waypost.kernel.sends.guard import GuardedCall
from waypost.kernel.suppressions.directory import MOST_RETURNS

pytestmark = pytest.mark.anyio


async def test_several_entries_hold_one_address_back(desk: Desk) -> None:
    await desk.add(
        desk.fact(), desk.fact(reason="complaint"), desk.fact("@y.test", reason="manual")
    )
    assert sorted(await desk.held()) == ["complaint", "manual", "unsubscribe"]
    assert await desk.held("tom@y.test") == ["manual"]
    assert await desk.held("tom@z.test") == []


async def test_one_fact_told_twice_is_one_entry(desk: Desk) -> None:
    [first] = await desk.add(desk.fact(), desk.fact(native_id="n1"))
    [again] = await desk.add(desk.fact(at=5.0))
    assert (again.id, again.native_id, again.occurred_at) == (first.id, "n1", 5.0)


async def test_a_removal_is_explained_and_kept(desk: Desk) -> None:
    [entry] = await desk.add(desk.fact(at=1.0))
    removed = await desk.suppressions.remove(desk.shop, entry.id, by="Ada", why="she asked")
    assert await desk.held() == []
    told = removed.wire()["removed"]
    assert (told["by"], told["why"], told["side"]) == ("Ada", "she asked", "person")
    again = await desk.suppressions.remove(desk.shop, entry.id, by="Bob", why="too")
    assert again == removed
    assert await desk.add(desk.fact(at=1.0)) == [removed]
    assert await desk.held() == [], "what was known before holds nobody back again"
    [back] = await desk.add(desk.fact(at=desk.world.clock.now() + 1))
    assert back.holds
    assert back.wire()["removed"] is None
    [returned] = back.wire()["returns"]
    assert returned["removed"] == told, "who removed it is not forgotten"
    assert returned["returned"]["why"] == "It was put on the provider's list after it was removed."


async def test_its_returns_are_bounded(desk: Desk) -> None:
    for number in range(MOST_RETURNS + 2):
        [entry] = await desk.add(desk.fact(source="api", origin="here", by=f"token {number}"))
        await desk.suppressions.remove(desk.shop, entry.id, by="Ada", why=str(number))
    [entry] = await desk.add(desk.fact(source="api", origin="here"))
    returns = entry.wire()["returns"]
    assert len(returns) == MOST_RETURNS
    assert (returns[-2]["returned"]["by"], returns[-1]["removed"]["why"]) == ("token 11", "11")


async def test_who_listens_hears_of_what_holds_and_ceases_to(desk: Desk) -> None:
    heard: list[str] = []

    async def listen(connection: object, environment_id: str, tenant_id: str) -> None:
        heard.append(tenant_id)

    desk.suppressions.on_change(listen)
    [entry] = await desk.add(desk.fact())
    assert heard == ["tenant-1"]
    await desk.add(desk.fact())
    assert heard == ["tenant-1"], "nothing changed"
    await desk.suppressions.remove(desk.shop, entry.id, by="Ada", why="x")
    await desk.suppressions.remove(desk.shop, entry.id, by="Ada", why="x")
    assert heard == ["tenant-1", "tenant-1"]


async def test_scopes_are_of_the_tenant(desk: Desk) -> None:
    world = desk.world
    same = (await world.account(desk.shop)).id
    stranger = (await world.account(desk.shop, tenant_id="tenant-2")).id
    await desk.add(
        desk.fact(),
        desk.fact("tom@y.test", scope=f"account:{desk.account}"),
        desk.fact("zoe@y.test", scope="domain:shop.test"),
        desk.fact("kim@y.test", scope="domain:other.test"),
    )
    for account, expected in (
        (desk.account, [1, 1, 1, 0]),
        (same, [1, 0, 1, 0]),
        (stranger, [0] * 4),
    ):
        found = [
            len(await desk.held(f"{name}@y.test", account)) for name in ("nia", "tom", "zoe", "kim")
        ]
        assert found == expected


async def test_another_environment_knows_nothing(desk: Desk) -> None:
    [entry] = await desk.add(desk.fact())
    other = await desk.world.environment("Other")
    assert await desk.suppressions.check(other, desk.account, [("nia@y.test", None)]) == []
    assert (await desk.suppressions.list(other)).items == []
    with pytest.raises(NotFound):
        await desk.suppressions.get(other, entry.id)
    with pytest.raises(NotFound):
        await desk.suppressions.remove(other, entry.id, by="x", why="y")


async def test_before_a_send_each_message_is_asked_with_its_sender(desk: Desk) -> None:
    await desk.add(desk.fact(scope="domain:shop.test"))
    call = GuardedCall(desk.shop, desk.account, "acme", "proxy", None, None, None)

    async def held(sender: str | None, *recipients: str) -> list[str]:
        found = await desk.suppressions.before_send(call, [Message(sender, recipients)])
        return [each["address"] for each in found]

    assert await held("a@shop.test", "nia@y.test", "tom@y.test") == ["nia@y.test"]
    assert await held("a@elsewhere.test", "nia@y.test") == []
    assert await held(None, "nia@y.test") == ["nia@y.test"]
    assert await held("a@shop.test") == []


async def test_many_recipients_are_found(desk: Desk) -> None:
    addresses = [f"a{number}@y.test" for number in range(1200)]
    await desk.add(*(desk.fact(each) for each in addresses[::2]))
    asked = [(each, None) for each in addresses]
    held = await desk.suppressions.check(desk.shop, desk.account, asked)
    assert {each.address for each in held} == set(addresses[::2])


async def test_lists_are_filtered(desk: Desk) -> None:
    [gone, _] = await desk.add(desk.fact("tom@y.test"), desk.fact())
    await desk.suppressions.remove(desk.shop, gone.id, by="x", why="y")
    listing = Listing((Condition("is_active", "eq", True),))
    page = await desk.suppressions.list(desk.shop, listing)
    assert [each.address for each in page.items] == ["nia@y.test"]
