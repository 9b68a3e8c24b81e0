"""When a failed job is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.kernel.jobs import Backoff, put_off


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 10.0), (2, 30.0), (3, 90.0), (4, 100.0), (5, None), (9, None)]
)
def test_waits_grow_to_a_bound_and_end(attempt: int, seconds: float | None) -> None:
    plan = Backoff(attempts=5, first=10, factor=3, most=100)
    assert plan.wait(attempt, 0.5) == seconds


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_within_a_quarter_of_the_plan(attempt: int, jitter: float) -> None:
    plan = Backoff(attempts=51, first=2, factor=3, most=3600)
    wait, middle = plan.wait(attempt, jitter), plan.wait(attempt, 0.5)
    assert wait is not None
    assert middle is not None
    assert 0.75 * middle <= wait <= 1.25 * middle


@pytest.mark.parametrize(
    ("told", "times", "seconds"),
    [
        (0.0, 1, 2.0),
        (1.5, 1, 2.0),
        (60.0, 3, 60.0),
        (5.0, 8, 256.0),
        (5.0, 4000, 600.0),
        (9e4, 9, 9e4),
    ],
)
def test_what_may_not_be_done_now_waits_as_told_and_ever_longer(
    told: float, times: int, seconds: float
) -> None:
    assert put_off(told, times, 0.0) == seconds
    assert seconds <= put_off(told, times, 0.9) <= seconds * 1.25
