"""Six ways to page, told apart by `style`."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from waypost.engine.manifest.pagination import Pagination
from waypost.engine.manifest.strict import with_models

ADAPTER: TypeAdapter[Any] = TypeAdapter(with_models(Pagination))


@pytest.mark.parametrize(
    "data",
    [
        {"style": "page"},
        {"style": "offset"},
        {"style": "cursor", "cursor_path": "meta.next"},
        {"style": "link_header"},
        {"style": "range"},
        {"style": "dynamic", "initial": "{}", "next": "null"},
    ],
    ids=lambda data: data["style"],
)
def test_each_style_has_a_page_size(data: dict[str, Any]) -> None:
    found = ADAPTER.validate_python(data)
    assert found.limit.minimum <= found.limit.default <= found.limit.maximum


def test_there_are_six() -> None:
    assert len(get_args(get_args(Pagination)[0])) == 6


def test_a_style_of_its_own_is_refused() -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python({"style": "scroll"})
