"""Calls that were counted, in their order, with the time at which each leaves the window."""

from bisect import insort

MARKS = 128
"""How many marks a window keeps; a limit above it is counted in grains of this part of a window."""

Mark = tuple[float, float, int]
"""Calls counted together: when the first ended, when the last leaves the window, how many."""


def kept(marks: tuple[Mark, ...], total: int, now: float) -> tuple[tuple[Mark, ...], int]:
    """Return the marks that still count at `now`, and how many calls of `total` they are."""
    gone = 0
    for mark in marks:
        if mark[1] > now:
            break
        gone += 1
        total -= mark[2]
    return marks[gone:], total


def add(marks: list[Mark], mark: Mark, span: float, grain: float) -> None:
    """Add a mark, to the last one if less than a grain apart: all leave late, never early."""
    if not marks or mark[1] < marks[-1][1]:
        insert(marks, mark)
        return
    first, _, count = marks[-1]
    if mark[1] - span - first <= grain:
        marks[-1] = (first, mark[1], count + mark[2])
    else:
        marks.append(mark)


def insert(marks: list[Mark], mark: Mark) -> None:
    """Add a mark at its place."""
    insort(marks, mark, key=_end)


def _end(mark: Mark) -> float:
    return mark[1]
