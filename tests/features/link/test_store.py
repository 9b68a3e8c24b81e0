"""The rows of link tokens and sign-ins."""

from typing import Any

import pytest
from tests.support.turned_clock import TurnedClock

from waypost.base.database import Database
from waypost.base.tasks import BackgroundTasks
from waypost.features.link import store
from waypost.kernel.environments import Caller, Environments

pytestmark = pytest.mark.anyio


@pytest.fixture
async def environment(database: Database) -> str:
    environments = Environments(database, clock=TurnedClock(), tasks=BackgroundTasks())
    return (await environments.create(Caller("operator"), "Test")).id


def token(token_id: str = "t1", **changes: Any) -> dict[str, Any]:
    row = {
        "id": token_id,
        "digest": f"digest of {token_id}",
        "reconnects": False,
        "scopes": [],
        "unified_models": [],
        "persist_previous_context": False,
        "created_at": 0.0,
        "expires_at": 100.0,
    }
    return row | changes


def visit(visit_id: str = "v1") -> dict[str, Any]:
    return {
        "id": visit_id,
        "digest": f"digest of {visit_id}",
        "link_token_id": "t1",
        "sealed": b"sealed",
        "expires_at": 50.0,
    }


async def test_a_token_is_found_by_digest_and_by_id(database: Database, environment: str) -> None:
    async with database.write() as connection:
        await store.add_token(connection, environment, token(scopes=["a"]))
        found = await store.find_token(connection, "digest of t1")
        assert found == await store.get_token(connection, environment, "t1")
        assert found is not None
        assert found.scopes == ["a"]
        assert await store.get_token(connection, "another", "t1") is None
        assert await store.find_token(connection, "digest of t2") is None


@pytest.mark.parametrize(
    ("changes", "now", "claimed"),
    [
        ({}, 10.0, True),
        ({"used_at": 5.0}, 10.0, False),
        ({}, 100.0, False),
        ({"attempt": "other", "attempt_until": 20.0}, 10.0, False),
        ({"attempt": "other", "attempt_until": 20.0}, 20.0, True),
    ],
)
async def test_claiming(
    database: Database, environment: str, changes: dict[str, Any], now: float, claimed: bool
) -> None:
    async with database.write() as connection:
        await store.add_token(connection, environment, token(**changes))
        for place, expected in (("another", False), (environment, claimed)):
            got = await store.claim(connection, place, "t1", "mine", now=now, until=now + 9)
            assert got is expected
        changed = await store.change_claimed(
            connection, environment, "t1", "mine", {"account_id": "a1"}
        )
        assert changed is claimed


async def test_a_visit_comes_back_once(database: Database, environment: str) -> None:
    async with database.write() as connection:
        await store.add_token(connection, environment, token())
        await store.add_sign_in(connection, environment, visit())
        taken = await store.take_sign_in(connection, "digest of v1")
        assert taken is not None
        assert (taken.environment_id, taken.sealed) == (environment, b"sealed")
        assert await store.take_sign_in(connection, "digest of v1") is None


async def test_what_ended_long_ago_is_removed(database: Database, environment: str) -> None:
    async with database.write() as connection:
        await store.add_token(connection, environment, token())
        await store.add_token(connection, environment, token("t2", expires_at=300.0))
        await store.add_sign_in(connection, environment, visit())
        assert await store.remove_expired(connection, "another", 200.0) == []
        assert await store.remove_expired(connection, environment, 200.0) == ["t1"]
        assert await store.find_token(connection, "digest of t1") is None
        assert await store.take_sign_in(connection, "digest of v1") is None
        assert await store.find_token(connection, "digest of t2") is not None
