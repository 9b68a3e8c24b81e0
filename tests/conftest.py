"""Fixtures every room's tests may ask for."""

import pytest
from tests.support.databases import database, database_url, empty_database, postgres_url
from tests.support.valkey import valkey_url
from tests.support.world import acme, bare_provider, environment, http, platform, sandbox, world

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
    "postgres_url",
    "sandbox",
    "valkey_url",
    "world",
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio only."""
    return "asyncio"
