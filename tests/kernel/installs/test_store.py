"""The table of installs."""

from waypost.kernel.installs.store import SHOWN


def test_what_is_sealed_is_never_listed() -> None:
    assert "sealed" not in {column.name for column in SHOWN}
