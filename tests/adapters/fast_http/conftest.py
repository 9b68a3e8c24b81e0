"""A platform that speaks HTTP by itself, for every test of this room."""

from collections.abc import Iterator

import httpx
import pytest
from tests.support.fast_world import FastWorld, fast_platform, fast_world
from tests.support.raw_provider import RawProvider
from tests.support.served import Served


@pytest.fixture(scope="package")
def fast_served(
    tmp_path_factory: pytest.TempPathFactory, bare_provider: RawProvider
) -> Iterator[Served]:
    """Give the platform of this room's tests."""
    with fast_platform(tmp_path_factory.mktemp("fast"), bare_provider) as running:
        yield running


@pytest.fixture
def fast(
    fast_served: Served, http: httpx.Client, bare_provider: RawProvider
) -> Iterator[FastWorld]:
    """Give an account at the bare provider."""
    with fast_world(fast_served, http, bare_provider) as here:
        yield here
