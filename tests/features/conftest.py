"""A platform with small limits, for tests that reach them."""

from collections.abc import Iterator

import httpx
import pytest
from tests.support.raw_provider import RawProvider
from tests.support.served import Served
from tests.support.world import ACME_KEY, AcmeWorld, make_environment, platform_for

LIMITS = {
    "connect_timeout": 0.3,
    "first_byte_timeout": 0.3,
    "idle_timeout": 0.3,
    "total_timeout": 2.0,
    "max_body_bytes": 1_000_000,
    "max_stream_bytes": 1000,
    "wait_seconds": 0.2,
}


@pytest.fixture(scope="session")
def small_platform(
    tmp_path_factory: pytest.TempPathFactory, bare_provider: RawProvider
) -> Iterator[Served]:
    """Give a platform that is quickly out of patience and room."""
    folder = tmp_path_factory.mktemp("small")
    with platform_for(folder, None, bare_provider, **LIMITS) as running:
        yield running


@pytest.fixture
def small(
    small_platform: Served, http: httpx.Client, bare_provider: RawProvider
) -> Iterator[AcmeWorld]:
    """Give an account at the bare provider behind small limits."""
    bare_provider.reset()
    environment = make_environment(small_platform, http)
    yield AcmeWorld(environment, bare_provider, environment.link("acme", {"api_key": ACME_KEY}))
    assert not bare_provider.failures, bare_provider.failures
