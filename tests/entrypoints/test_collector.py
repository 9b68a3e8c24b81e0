"""What a server has loaded at its start is not searched for garbage again."""

import gc
from collections.abc import Iterator

import pytest

from waypost.entrypoints.collector import settle_collector


@pytest.fixture(autouse=True)
def collector_as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_loaded_is_set_aside() -> None:
    before = gc.get_threshold()
    settle_collector()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold()[0] > before[0]


def test_garbage_of_calls_is_still_found() -> None:
    settle_collector()
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() > 0
