"""What a request says about its turn."""

from typing import Any

import pytest

from waypost.base.asgi import PlainRequest
from waypost.base.errors import InvalidRequest
from waypost.engine.limits import Lane
from waypost.kernel.calls.turn import Turn, turn_of, wait_seconds
from waypost.kernel.environments import Caller


def request(caller: Caller | None = None, **headers: str) -> PlainRequest:
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope: dict[str, Any] = {"headers": pairs, "waypost.caller": caller}
    return PlainRequest(scope, lambda: None)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("prefer", "wanted"),
    [
        (None, None),
        ("", None),
        ("wait=0", 0.0),
        ("Wait=12", 12.0),
        ("respond-async, wait=3", 3.0),
        ("wait=3; x=y", 3.0),
        ("return=minimal", None),
        ("await=3", None),
        ("wait=soon", None),
        ("wait=-1", None),
        ("wait=1234567", None),
    ],
)
def test_patience_is_what_the_caller_prefers(prefer: str | None, wanted: float | None) -> None:
    assert wait_seconds(prefer) == wanted


def test_a_request_names_its_lane_its_patience_and_itself() -> None:
    caller = Caller("api_token", "env", "token-1")
    assert turn_of(request(caller, waypost_lane="Bulk", prefer="wait=5")) == Turn(
        Lane.BULK, 5.0, "token-1"
    )
    assert turn_of(request(Caller("account_token", "env", None, "account-1"))).who == "account-1"
    assert turn_of(request()) == Turn()


def test_an_unknown_lane_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidRequest, match="transactional, flow, bulk, sync"):
        turn_of(request(waypost_lane="urgent"))
