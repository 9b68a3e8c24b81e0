"""One real sandbox process for all tests; every test gets an account of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.tests.proving import assert_proved
from sandbox.tests.world import NOW, World, start_sandbox, stop_sandbox


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker that COVERAGE.md takes its evidence from."""
    text = "proves(*operations): changes state and reads it back through these operations"
    config.addinivalue_line("markers", text)


@pytest.fixture(autouse=True)
def proof(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold a test to its marker: it must really do what it says that it proves."""
    World.log.clear()
    yield
    marker = request.node.get_closest_marker("proves")
    for operation in marker.args if marker else ():
        assert_proved(operation, World.log)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    process, root, _ = start_sandbox()
    yield root
    stop_sandbox(process)


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client


@pytest.fixture
def make_world(sandbox: str, client: httpx.Client) -> Callable[..., World]:
    def make(**settings: Any) -> World:
        made = client.post(f"{sandbox}/_sandbox/accounts", json={"account": settings}).json()
        return World(sandbox, made["account_id"], made["api_token"], client)

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world with a verified and an unverified domain, its clock standing still."""
    world = make_world()
    world.seed(
        now=NOW,
        account={"rate_limits": "off"},
        domains=[
            {"id": "65qngkdovk8lwr12", "name": "shop.test", "created_at": "2026-01-01T00:00:00Z"},
            {
                "id": "xkjn41mjxp94z781",
                "name": "new.test",
                "is_verified": False,
                "created_at": "2026-02-01T00:00:00Z",
            },
        ],
    )
    world.domains = {"shop.test": "65qngkdovk8lwr12", "new.test": "xkjn41mjxp94z781"}
    return world


@pytest.fixture(scope="session")
def facts() -> Path:
    """The folder of public facts; its absence is a skip, but a failure in CI."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    folder = Path(os.environ.get("WAYPOST_FACTS", beside))
    if not (folder / "mailersend" / "recordings.json").is_file():
        reason = f"no recordings in {folder}; set WAYPOST_FACTS to the folder that has them"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
