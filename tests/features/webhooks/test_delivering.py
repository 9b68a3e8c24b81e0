"""The parts of deliveries, put together."""

from tests.support.served import Served

from waypost.features.webhooks.deliveries.wake import DELIVER
from waypost.features.webhooks.delivering import BACKOFF, handlers


def test_the_work_of_deliveries_runs_in_its_own_lane(platform: Served) -> None:
    deliver, late = handlers(platform.kernel)
    assert (deliver.kind, deliver.lane) == (DELIVER, "deliveries")
    assert late.every is not None
    assert late.lane != deliver.lane


def test_a_database_that_was_away_delays_deliveries_by_no_more_than_half_a_minute() -> None:
    waits = [BACKOFF.wait(attempt, 0.5) for attempt in range(1, BACKOFF.attempts)]
    assert waits[0] == 1.0
    assert max(wait for wait in waits if wait is not None) == 30.0
    assert sum(wait for wait in waits if wait is not None) > 600.0
