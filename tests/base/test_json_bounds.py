"""What is too crowded to be parsed, and what is only long."""

import pytest

from waypost.base.json_bounds import MOST_VALUES, is_crowded, is_crowded_xml


@pytest.mark.parametrize(
    "text",
    [b"[" + b"[]," * 600_000 + b"[]]", b"[" + b"1," * MOST_VALUES + b"1]", b"{" * 1_000_001],
)
def test_many_values_are_too_many(text: bytes) -> None:
    assert is_crowded(text)


@pytest.mark.parametrize("text", [b"", b"[1,2]", b'{"a":"' + b"QUJD" * 1_000_000 + b'"}'])
def test_a_long_text_is_one_value(text: bytes) -> None:
    assert not is_crowded(text)


def test_xml_is_counted_by_its_tags() -> None:
    assert is_crowded_xml(b"<a>" + b"<b/>" * 1_000_000 + b"</a>")
    assert not is_crowded_xml(b"<a>" + b"text" * 1_000_000 + b"</a>")
