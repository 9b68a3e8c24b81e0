"""Fixtures every room's tests may ask for."""

import pytest
from tests.support.databases import database, database_url, empty_database, postgres_url

__all__ = ["anyio_backend", "database", "database_url", "empty_database", "postgres_url"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio only."""
    return "asyncio"
