from hypothesis import given
from hypothesis import strategies as st

from waypost.engine.limits.marks import add, insert, kept

MARKS = ((1.0, 61.0, 2), (5.0, 65.0, 1), (9.0, 69.0, 1))


def test_what_has_left_is_not_kept():
    assert kept(MARKS, 4, 60.9) == (MARKS, 4)
    assert kept(MARKS, 4, 61.0) == (MARKS[1:], 2)
    assert kept(MARKS, 4, 100.0) == ((), 0)


quarters = st.integers(0, 400).map(lambda each: each / 4)


@given(st.lists(st.tuples(quarters, st.integers(1, 9)), max_size=40), quarters)
def test_marks_stay_sorted_lose_nothing_and_never_leave_early(calls, grain):
    marks = []
    for at, count in calls:
        add(marks, (at, at + 60.0, count), 60.0, grain)
    insert(marks, (50.0, 110.0, 1))
    assert [mark[1] for mark in marks] == sorted(mark[1] for mark in marks)
    assert sum(mark[2] for mark in marks) == sum(count for _, count in calls) + 1
    for at, count in calls:
        assert any(mark[0] <= at <= mark[1] - 60.0 and mark[2] >= count for mark in marks)
