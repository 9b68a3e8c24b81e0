"""Mappings that users wrote: whatever is in them, everybody else is served meanwhile."""

import threading
import time
from typing import Any

import pytest
from tests.support.raw_provider import answering
from tests.support.world import AcmeWorld

HOSTILE = "($count([1..9999].[1..9999]); response)"
USERS = "/unified/user-directory/users"


def override(acme: AcmeWorld, method: str, **config: Any) -> None:
    mapping = {"user-directory": {"users": {method: {"merge": [], **config}}}}
    acme.environment.change(acme.account, unified_model_override=mapping)


@pytest.mark.parametrize(
    ("path", "method", "config"),
    [
        (USERS, "list", {"response_mapping": HOSTILE}),
        (USERS, "list", {"query_mapping": HOSTILE}),
        (f"{USERS}/1", "get", {"id_mapping": HOSTILE}),
        (f"{USERS}?truto_response_format=raw", "list", {"query_mapping": HOSTILE}),
        (USERS, "list", {"error_mapping": HOSTILE}),
    ],
)
def test_a_hostile_mapping_holds_nobody_up(
    acme: AcmeWorld, path: str, method: str, config: dict[str, Any]
) -> None:
    status = 500 if "error_mapping" in config else 200
    acme.provider.behave(answering(status, {"data": [{"id": 1}], "more": False}))
    override(acme, method, **config)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(acme.get(path).status_code))
    began = time.monotonic()
    asking.start()
    waits = []
    while asking.is_alive():
        at = time.monotonic()
        assert acme.environment.get("/ping").status_code == 200
        waits.append(time.monotonic() - at)
    took = time.monotonic() - began
    assert answers == [500], "the mapping took too long, and its author is told"
    assert took > 0.4, "it was a hostile one"
    assert max(waits) < took / 2, f"others waited {max(waits):.2f} of {took:.2f} s"


def test_a_users_mapping_answers_like_the_catalogs(acme: AcmeWorld) -> None:
    people = [{"id": place, "name": f"n{place}", "status": "active"} for place in range(3)]
    acme.provider.behave(answering(200, {"data": people, "more": False}))
    plain = acme.get(USERS).json()
    override(acme, "list", query={"view": "full"})
    users = acme.get(USERS).json()
    assert users["result"] == plain["result"][:3]
