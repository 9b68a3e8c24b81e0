"""Our functions stop when the evaluation's time is over."""

import pytest

from waypost.engine.expressions.timing import OutOfTimeError, start_clock, within_time


def test_runs_within_its_time_only() -> None:
    double = within_time(lambda number: number * 2)
    start_clock(60)
    assert double(2) == 4
    start_clock(-1)
    with pytest.raises(OutOfTimeError):
        double(2)
