"""A provider that is down, and back: it is left in peace, one call tries it, the others follow."""

import httpx
from tests.support.world import World

NOON = "2026-09-21T12:00:{:02d}Z"


def call(world: World, account: str | None = None) -> httpx.Response:
    path = f"/passthrough/{account or world.account}/domains"
    return world.environment.get(path, headers={"prefer": "wait=0"})


def reached(world: World) -> int:
    """How many calls came to the sandbox."""
    return len(world.sandbox.calls())


def broken(world: World) -> None:
    """The provider fails five calls in a row, each of which is answered as it came."""
    world.turn_to(NOON.format(0))
    world.sandbox.fault(method="GET", path="/domains", status=503, times=1000)
    for _ in range(5):
        answer = call(world)
        assert (answer.status_code, answer.headers["waypost-origin"]) == (503, "provider")


def test_a_provider_that_is_down_is_left_in_peace_and_tried_by_one_call_at_a_time(
    world: World,
) -> None:
    broken(world)
    for _ in range(20):
        answer = call(world)
        assert (answer.status_code, answer.headers["waypost-origin"]) == (503, "platform")
        assert 1 <= int(answer.headers["retry-after"]) <= 2
        assert answer.json()["code"] == "provider.down"
    assert reached(world) == 5
    world.turn_to(NOON.format(2))
    assert call(world).headers["waypost-origin"] == "provider"
    assert call(world).json()["code"] == "provider.down", "it is still down: for longer now"
    world.turn_to(NOON.format(3))
    assert call(world).headers["waypost-origin"] == "platform"
    assert reached(world) == 6
    world.sandbox.control("DELETE", "/faults")
    world.turn_to(NOON.format(5))
    assert [call(world).status_code for _ in range(3)] == [200, 200, 200]
    newest = world.environment.records()
    assert [each["status"] for each in newest[:4]] == [200, 200, 200, 503]
    assert {each["error_code"] for each in newest if each["status"] == 503} == {
        "provider.down",
        None,
    }


def test_a_host_is_left_in_peace_by_all_when_it_fails_several_accounts_and_not_for_one(
    world: World,
) -> None:
    world.turn_to(NOON.format(0))
    token = world.sandbox.token("domains_read")
    link = world.environment.link
    one, two, well = (link("mailersend", {"api_token": token}) for _ in range(3))
    world.sandbox.fault(method="GET", path="/domains", status=503, times=11)
    for account in [one] * 5 + [two] * 5:
        assert call(world, account).headers["waypost-origin"] == "provider"
    assert call(world, one).json()["code"] == "provider.down"
    assert call(world, two).json()["code"] == "provider.down"
    assert reached(world) == 10
    # The third account that fails, with none served between.
    assert call(world).headers["waypost-origin"] == "provider"
    answer = call(world, well)
    assert (answer.status_code, answer.headers["waypost-origin"]) == (503, "platform")
    assert answer.json()["code"] == "provider.down"
    assert "several accounts" in answer.json()["message"]
    assert 1 <= int(answer.headers["retry-after"]) <= 2
    assert answer.headers["ratelimit-remaining"] == "60", "the account's own limit, unused"
    assert reached(world) == 11
    world.turn_to(NOON.format(2))
    assert [call(world, each).status_code for each in (well, one, two)] == [200, 200, 200]
    # One account whose calls fail again and again, among others that are served.
    world.sandbox.fault(method="GET", path="/domains/*", status=500, times=1000)
    path = f"/passthrough/{one}/domains/abc"
    for _ in range(12):
        world.environment.get(path, headers={"prefer": "wait=0"})
    assert call(world, one).json()["code"] == "provider.down"
    assert [call(world, each).status_code for each in (well, two)] == [200, 200]
