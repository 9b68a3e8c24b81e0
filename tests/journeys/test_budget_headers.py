"""Every answer of the data plane tells how much of the account's budget is left, errors too."""

from typing import Any

import pytest
from tests.support.world import World

NAMES = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
GOOD = [
    ("GET", "/proxy/domains", None, 200),
    ("GET", "/custom/domains", None, 200),
    ("GET", "/passthrough/{account}/domains", None, 200),
]
BAD: list[tuple[str, str, Any, int]] = [
    ("GET", "/proxy/domains/missing", None, 404),
    ("GET", "/unified/user-directory/users?nonsense=1", None, 400),
    ("GET", "/custom/nowhere", None, 404),
    ("POST", "/custom/email", {}, 422),
    ("GET", "/passthrough/{account}/nowhere", None, 404),
    ("POST", "/passthrough/{account}/email", {}, 422),
]


def ask(world: World, verb: str, path: str, body: Any) -> Any:
    return world.request(verb, path.format(account=world.account), json=body)


@pytest.mark.parametrize(("verb", "path", "body", "status"), GOOD + BAD)
def test_what_is_left_stands_on_the_answer(
    world: World, verb: str, path: str, body: Any, status: int
) -> None:
    answer = ask(world, verb, path, body)
    assert answer.status_code == status, answer.text
    left = [int(answer.headers[name]) for name in NAMES]
    assert left[0] >= left[1] >= 0
    assert all(answer.headers.get_list(name) == [answer.headers[name]] for name in NAMES)


def test_a_fault_on_the_way_tells_it_too(world: World) -> None:
    world.sandbox.fault(method="POST", path="/email", drop="before")
    answer = ask(world, "POST", "/custom/email", {})
    assert answer.status_code == 502
    assert all(name in answer.headers for name in NAMES)
