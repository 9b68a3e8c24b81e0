"""What holds here stands on the sandbox's blocklist where the tenant says so, and nothing else of ours."""

from typing import Any

import pytest
from tests.features.suppressions.test_pulling import native, pull, suppress
from tests.support.sending import DOMAIN, letter, outbox, post, ready
from tests.support.world import World

from waypost.base.errors import ProviderError
from waypost.features.suppressions.pulling import Pulling
from waypost.features.suppressions.pushing import PUSH, Pushing, handlers


@pytest.fixture
def here(world: World) -> World:
    return ready(world)


def push(world: World) -> None:
    world.rest()
    served = world.environment.served
    served.run(Pushing(served.kernel).push(world.environment.id, world.account))


def say(world: World, how: str | None, **of: str) -> dict[str, Any]:
    body = {"push": how, **(of or {"tenant_id": "tenant-1"})}
    answer = world.environment.request("PUT", "/suppression/push", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def hold(world: World, address: str, **more: Any) -> str:
    body = {"address": address, "tenant_id": "tenant-1", **more}
    return world.environment.made("/suppression", **body)


def let_go(world: World, entry: str) -> None:
    path = f"/suppression/{entry}?why=They+asked+for+it"
    assert world.environment.request("DELETE", path).status_code == 200


def blocked(world: World) -> set[tuple[str, str | None]]:
    """Return (pattern, domain) of the blocklist as the sandbox has it."""
    rows = native(world, "GET", "suppressions/blocklist?limit=100").json()["data"]
    return {(row["pattern"], (row["domain"] or {}).get("name")) for row in rows}


def active(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.environment.get("/suppression?is_active=true").json()[
        "result"
    ]
    return found


def test_nothing_is_pushed_unless_the_tenant_says_so(here: World) -> None:
    hold(here, "nia@example.com")
    push(here)
    assert blocked(here) == set()


def test_what_holds_is_put_there_and_taken_off_again(here: World) -> None:
    say(here, "additions")
    entry = hold(here, "nia@example.com")
    hold(here, "@spam.test")
    hold(here, "who*@y.test", scope="domain", domain="orchard.test")
    hold(here, "+1 202 555 0143")
    push(here)
    assert blocked(here) == {
        ("nia@example.com", None),
        (".*@spam.test", None),
        ("who.*@y.test", DOMAIN),
    }
    shown = here.environment.get(f"/suppression/{entry}").json()
    assert [each["state"] for each in shown["pushed"]] == ["ours"]
    let_go(here, entry)
    push(here)
    assert ("nia@example.com", None) not in blocked(here)
    assert len(blocked(here)) == 2


def test_what_we_put_there_is_no_entry_of_the_providers(here: World) -> None:
    say(here, "additions")
    entry = hold(here, "nia@example.com")
    push(here)
    pull(here)
    assert [each["source"] for each in active(here)] == ["api"]
    let_go(here, entry)
    push(here)
    pull(here)
    assert active(here) == []
    assert post(here, "proxy", letter(to=[{"email": "nia@example.com"}])).status_code == 202
    assert len(outbox(here)) == 1


def test_what_was_there_before_is_left_there(here: World) -> None:
    native(here, "POST", "suppressions/blocklist", {"recipients": ["nia@example.com"]})
    here.sandbox.control("POST", "/clock", {"advance": 3600})
    say(here, "additions")
    entry = hold(here, "nia@example.com")
    served = here.environment.served
    here.turn_to("2036-01-01T00:00:00Z")
    try:
        push(here)
        let_go(here, entry)
        push(here)
        assert blocked(here) == {("nia@example.com", None)}
    finally:
        served.clock_file.unlink()


def test_what_is_removed_here_is_taken_off_the_providers_own_lists_where_asked(
    here: World,
) -> None:
    for kind in ("unsubscribes", "hard-bounces"):
        suppress(here, kind, "nia@example.com")
    pull(here)
    say(here, "additions")
    for entry in active(here):
        let_go(here, entry["id"])
    push(here)
    assert native(here, "GET", "suppressions/unsubscribes").json()["data"] != []
    say(here, "all")
    push(here)
    for kind in ("unsubscribes", "hard-bounces"):
        assert native(here, "GET", f"suppressions/{kind}").json()["data"] == []
    deletes = [each for each in here.sandbox.calls() if each["method"] == "DELETE"]
    push(here)
    assert [each for each in here.sandbox.calls() if each["method"] == "DELETE"] == deletes
    suppress(here, "unsubscribes", "nia@example.com")
    pull(here)
    [back] = active(here)
    assert back["returns"][0]["returned"]["why"].startswith("Another entry of the provider's list")


def test_what_somebody_takes_off_there_is_put_there_again(here: World) -> None:
    say(here, "additions")
    hold(here, "nia@example.com")
    push(here)
    native(here, "DELETE", "suppressions/blocklist", {"all": True})
    pull(here)
    push(here)
    assert blocked(here) == set()
    pull(here)
    push(here)
    assert blocked(here) == {("nia@example.com", None)}


def test_one_that_the_provider_refuses_holds_nobody_else_up(here: World) -> None:
    say(here, "additions")
    for address in ("a@example.com", "b@example.com", "nia@-example-.c", "z@example.com"):
        hold(here, address)
    push(here)
    assert {each for each, _ in blocked(here)} == {
        "a@example.com",
        "b@example.com",
        "z@example.com",
    }
    [account] = say(here, "additions")["accounts"]
    assert account["on_list"] == 3


@pytest.mark.parametrize("drop", ["before", "after"])
def test_an_answer_that_is_lost_is_gone_on_with(here: World, drop: str) -> None:
    """As after a crash: what was begun is written down, and asked for again."""
    say(here, "additions")
    entry = hold(here, "nia@example.com")
    fault = {"path": "/v1/suppressions/*", "times": 1, "drop": drop}
    here.sandbox.fault(method="POST", **fault)
    with pytest.raises(ProviderError):
        push(here)
    pull(here)
    assert [each["source"] for each in active(here)] == ["api"]
    push(here)
    assert blocked(here) == {("nia@example.com", None)}
    let_go(here, entry)
    here.sandbox.fault(method="DELETE", **fault)
    with pytest.raises(ProviderError):
        push(here)
    pull(here)
    push(here)
    assert blocked(here) == set()
    pull(here)
    assert active(here) == []


def test_a_token_that_may_not_is_said(here: World) -> None:
    say(here, "additions")
    hold(here, "nia@example.com")
    here.sandbox.fault(
        method="POST",
        path="/v1/suppressions/blocklist",
        times=1,
        status=403,
        body={"message": "This action is unauthorized. #MS40301"},
    )
    push(here)
    shown = here.environment.get("/suppression/push", params={"tenant_id": "tenant-1"}).json()
    assert "unauthorized" in shown["accounts"][0]["last_problem"]
    push(here)
    assert blocked(here) == {("nia@example.com", None)}


def test_switched_off_what_was_pushed_is_the_providers(here: World) -> None:
    say(here, "additions")
    entry = hold(here, "nia@example.com")
    push(here)
    say(here, "off")
    push(here)
    let_go(here, entry)
    push(here)
    assert blocked(here) == {("nia@example.com", None)}
    pull(here)
    assert [(each["source"], each["reason"]) for each in active(here)] == [("pull", "blocklist")]


def test_one_provider_account_linked_twice_is_no_circle(here: World) -> None:
    """What one of them put there is no entry of the other's, which would hold it there for ever."""
    second = here.environment.link("mailersend", {"api_token": here.sandbox.api_token})
    served = here.environment.served
    pushing, pulling = Pushing(served.kernel), Pulling(served.kernel)
    say(here, "additions")
    entry = hold(here, "nia@example.com", scope="domain", domain=DOMAIN)

    def rounds(count: int) -> None:
        for _ in range(count):
            for account in (here.account, second):
                here.rest(account)
                served.run(pulling.pull(here.environment.id, account))
                served.run(pushing.push(here.environment.id, account))

    rounds(3)
    assert blocked(here) == {("nia@example.com", DOMAIN)}
    let_go(here, entry)
    rounds(4)
    assert blocked(here) == set()
    assert active(here) == []


def test_the_work_is_named(here: World) -> None:
    assert [each.kind for each in handlers(here.environment.served.kernel)] == [PUSH]
