"""What is told of a rotation."""

from waypost.entrypoints.serve import rotation_report
from waypost.kernel.vault import Rotated


def test_a_rotation_is_told_line_by_line() -> None:
    lines = rotation_report(Rotated("kek_new", 12, ("kek_old",), ("kek_busy",)))
    assert lines == [
        "kek_new is the current key; 12 data keys were re-wrapped.",
        "kek_old was retired.",
        "kek_busy is still in use; rotate again to retire it.",
    ]
