"""What a list of sends may be narrowed by is a column."""

from waypost.features.sends.store import FILTERS, Send
from waypost.kernel.sends.store import sends


def test_every_filter_narrows_by_a_column() -> None:
    from waypost.features.sends.store import _COLUMNS

    assert set(_COLUMNS) == set(FILTERS)


def test_what_is_sealed_is_not_read() -> None:
    assert set(Send.__slots__) == {column.name for column in sends.columns} - {"facts"}
