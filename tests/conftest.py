"""Fixtures every room's tests may ask for."""

import pytest
from hypothesis import settings
from tests.support.databases import (
    KINDS,
    choose_kind,
    chosen_kind,
    database,
    database_url,
    empty_database,
    postgres_url,
    servers,
)
from tests.support.valkey import valkey_ended, valkey_url
from tests.support.world import (
    acme,
    bare_provider,
    environment,
    http,
    platform,
    platforms,
    sandbox,
    world,
)

__all__ = [
    "acme",
    "anyio_backend",
    "bare_provider",
    "database",
    "database_url",
    "empty_database",
    "environment",
    "http",
    "platform",
    "platforms",
    "postgres_url",
    "sandbox",
    "servers",
    "valkey_ended",
    "valkey_url",
    "world",
]


# How long one example takes says how busy the machine is, and nothing of the code.
settings.register_profile("waypost", deadline=None)
settings.load_profile("waypost")

ON_BOTH = frozenset(
    f"tests.{room}"
    for room in (
        *("features.accounts.test_routes", "features.environments.test_routes"),
        *("features.log.test_routes", "features.installs.test_routes"),
        *("features.overrides.test_routes", "features.webhooks.test_routes"),
        *("journeys.test_other_environments", "journeys.test_sends"),
    )
)
"""Test modules whose platform is served on both kinds in every run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose what every platform keeps its data in."""
    parser.addoption(
        "--on",
        choices=KINDS,
        help="the database of every served platform; PostgreSQL comes with a Valkey",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell the choice, also to the workers of this run."""
    if kind := config.getoption("--on"):
        choose_kind(kind)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the modules of ON_BOTH on both kinds, unless this run is on one of its own."""
    name = metafunc.module.__name__
    if "platform" in metafunc.fixturenames and name in ON_BOTH and chosen_kind() == KINDS[0]:
        metafunc.parametrize("platform", KINDS, indirect=True, scope="session")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio only."""
    return "asyncio"
