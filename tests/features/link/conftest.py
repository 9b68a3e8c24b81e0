"""One platform for all tests of linking; each makes an environment of its own."""

from collections.abc import Iterator

import pytest
from tests.support.link_world import LinkWorld, Shop, link_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkWorld]:
    with link_world(tmp_path_factory.mktemp("link")) as running:
        yield running


@pytest.fixture
def shop(world: LinkWorld) -> Shop:
    return world.shop()
