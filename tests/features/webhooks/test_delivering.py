"""The parts of deliveries, put together."""

from tests.support.served import Served

from waypost.features.webhooks.deliveries.announce import DELIVER
from waypost.features.webhooks.delivering import delivering, handlers


def test_the_work_of_deliveries_runs_in_its_own_lane(platform: Served) -> None:
    (handler,) = handlers(platform.kernel)
    assert (handler.kind, handler.lane) == (DELIVER, "deliveries")
    assert delivering(platform.kernel).kernel is platform.kernel
