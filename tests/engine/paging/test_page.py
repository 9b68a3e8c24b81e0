"""The size to ask for, and whose cursor it is."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.pagination import LimitRange
from waypost.engine.paging.page import Answer, page_size, read_cursor
from waypost.engine.transport import WholeResponse

LIMITS = LimitRange(minimum=10, maximum=100, default=25)


@pytest.mark.parametrize(
    ("limit", "size"), [(None, 25), (1, 10), (10, 10), (50, 50), (100, 100), (101, 100)]
)
def test_size(limit: int | None, size: int) -> None:
    assert page_size(LIMITS, limit) == size


def test_cursor_of_its_style_only() -> None:
    assert read_cursor(None, "page") == {}
    assert read_cursor({}, "page") == {}
    assert read_cursor({"style": "page", "at": 2}, "page") == {"style": "page", "at": 2}
    with pytest.raises(InvalidRequest):
        read_cursor({"style": "offset", "offset": 2}, "page")


def test_the_first_of_a_repeated_header_counts() -> None:
    response = WholeResponse(200, (("x", "1"), ("x", "2"), ("y", "3")), b"")
    assert Answer([], response, None, {}).header_names() == {"x": "1", "y": "3"}
