"""The parts of deliveries, put together."""

from tests.support.served import Served

from waypost.features.webhooks.deliveries.wake import DELIVER
from waypost.features.webhooks.delivering import handlers


def test_the_work_of_deliveries_runs_in_its_own_lane(platform: Served) -> None:
    deliver, late = handlers(platform.kernel)
    assert (deliver.kind, deliver.lane) == (DELIVER, "deliveries")
    assert late.every is not None
    assert late.lane != deliver.lane
