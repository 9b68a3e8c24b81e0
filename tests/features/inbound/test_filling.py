"""The back-fill's parts, put together."""

from tests.support.served import Served

from waypost.features.inbound.backfill import BACKFILL
from waypost.features.inbound.filling import absence, handlers


def test_backfills_run_in_the_lane_of_syncs(platform: Served) -> None:
    (handler,) = handlers(platform.kernel)
    assert (handler.kind, handler.lane) == (BACKFILL, "syncs")


def test_somebody_is_here(platform: Served) -> None:
    assert platform.run(absence(platform.kernel).beat()) == 0
