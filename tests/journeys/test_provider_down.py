"""A provider that is down, and back: it is left in peace, one call tries it, the others follow."""

import httpx
from tests.support.world import World

NOON = "2026-09-21T12:00:{:02d}Z"


def call(world: World) -> httpx.Response:
    path = f"/passthrough/{world.account}/domains"
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
