"""When a delivery is tried again."""

import pytest

from waypost.features.webhooks.deliveries.schedule import (
    DAY,
    MOST_ATTEMPTS,
    WAITS,
    due_again,
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


def test_what_is_due_together_is_rounded_to_one_moment() -> None:
    now = 1_790_000_000.3
    assert due_again(1, now, 0.5) == 1_790_000_006.0
    later = {due_again(4, now + each, 0.5) for each in range(5)}
    assert len(later) == 1
    assert all(at is not None and at % 60 == 0 and 0 < at - now - WAITS[3] <= 60 for at in later)
    assert due_again(MOST_ATTEMPTS, now, 0.5) is None
