"""A process ends at an armed point, and at no other."""

import multiprocessing
import signal

import pytest

from waypost.kernel.sends.crash_points import CRASH_POINTS, arm, is_armed, reach


def test_nothing_is_armed_by_itself() -> None:
    for point in CRASH_POINTS:
        assert not is_armed(point)
        reach(point)


def test_a_name_that_is_no_point_is_refused() -> None:
    with pytest.raises(ValueError, match="no crash point 'lunch'"):
        arm("lunch")


def _come_to(armed: str, points: tuple[str, ...]) -> None:
    arm(armed)
    for point in points:
        reach(point)


@pytest.mark.parametrize(
    ("armed", "ends"), [("before_dial", -signal.SIGKILL), ("after_written", 0)]
)
def test_a_process_ends_at_its_point(armed: str, ends: int) -> None:
    child = multiprocessing.get_context("spawn").Process(
        target=_come_to, args=(armed, ("before_dial", "after_answer_head"))
    )
    child.start()
    child.join(30)
    assert child.exitcode == ends
