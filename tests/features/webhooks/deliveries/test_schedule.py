"""When a delivery is tried again."""

import pytest

from waypost.features.webhooks.deliveries.schedule import (
    DAY,
    MOST_ATTEMPTS,
    WAITS,
    verdict,
    wait_after,
)


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        (200, "delivered"),
        (204, "delivered"),
        (302, "again"),
        (404, "again"),
        (410, "gone"),
        (500, "again"),
        (None, "again"),
    ],
)
def test_what_an_answer_means(status: int | None, meant: str) -> None:
    assert verdict(status) == meant


def test_there_are_at_least_eight_attempts_over_days() -> None:
    assert MOST_ATTEMPTS >= 8
    assert sum(WAITS) > 3 * DAY
    assert list(WAITS) == sorted(WAITS)


def test_waits_are_spread_and_the_last_attempt_is_the_last() -> None:
    assert wait_after(1, 0.5) == WAITS[0]
    assert wait_after(1, 0.0) == pytest.approx(0.8 * WAITS[0])
    assert wait_after(MOST_ATTEMPTS - 1, 0.5) == WAITS[-1]
    assert wait_after(MOST_ATTEMPTS, 0.5) is None
