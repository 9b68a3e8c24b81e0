"""What is declared is kept, and what was set is read as the type it is to have."""

from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from waypost.base.declared import Declaring, Field, fields, read_setting
from waypost.base.secret import Secret


class Shelf(msgspec.Struct, metaclass=Declaring, frozen=True):
    """Of this test."""

    boards: int = Field(ge=1, le=9, description="How many.")
    from_: str = Field(default="oak", called="from", description="What it is made from.")


def test_a_struct_is_made_of_its_declarations() -> None:
    assert Shelf(boards=3).from_ == "oak"
    assert msgspec.json.encode(Shelf(boards=3, from_="elm")) == b'{"boards":3,"from":"elm"}'
    with pytest.raises(TypeError, match="boards"):
        Shelf()
    found = fields(Shelf)
    assert list(found) == ["boards", "from"]
    assert found["boards"].annotation is int
    assert found["boards"].declared.bounds == {"ge": 1, "le": 9}
    assert [each.declared.is_required for each in found.values()] == [True, False]


@pytest.mark.parametrize(
    ("given", "wanted", "read"),
    [
        ("9000", int, 9000),
        (" 9000 ", int, 9000),
        (9000, int, 9000),
        ("9000.0", int, 9000),
        (2**53 + 1, int, 2**53 + 1),
        ("0.5", float, 0.5),
        ("5", float, 5.0),
        ("inf", float, float("inf")),
        ("yes", bool, True),
        ("OFF", bool, False),
        ("1", bool, True),
        (False, bool, False),
        ("text", str, "text"),
        ("text", str | None, "text"),
        (None, str | None, None),
        ("/data", Path, Path("/data")),
        (Path("/data"), Path | None, Path("/data")),
        ("fast", Literal["fast", "plain"], "fast"),
        ("a, b,,", tuple[str, ...], ("a", "b")),
        (["a"], tuple[str, ...], ("a",)),
        ({"a": "b"}, dict[str, str], {"a": "b"}),
        ({"a": {"b": "c"}}, dict[str, dict[str, str]], {"a": {"b": "c"}}),
    ],
)
def test_what_was_set_is_read(given: object, wanted: Any, read: object) -> None:
    found = read_setting(given, wanted, {})
    assert (found, type(found)) == (read, type(read))


def test_a_secret_is_read_as_one() -> None:
    assert read_setting("s3cret", Secret | None, {}).reveal() == "s3cret"


@pytest.mark.parametrize(
    ("given", "wanted", "bounds", "said"),
    [
        ("eighty", int, {"ge": 0, "le": 9}, "expected a whole number of at least 0 and at most 9"),
        ("10", int, {"ge": 0, "le": 9}, "expected a whole number of at least 0 and at most 9"),
        ("1.5", int, {}, "expected a whole number"),
        ("1e999", int, {}, "expected a whole number"),
        ("", int, {}, "expected a whole number"),
        (True, int, {}, "expected a whole number"),
        ("0", float, {"gt": 0}, "expected a number of more than 0"),
        ("nan", float, {"gt": 0}, "expected a number of more than 0"),
        (None, float, {}, "expected a number"),
        ("maybe", bool, {}, "expected true or false"),
        ("Fast", Literal["fast", "plain"], {}, "expected one of fast, plain"),
        (1, str, {}, "expected a text"),
        (1, Path, {}, "expected a text"),
        ([1], tuple[str, ...], {}, "expected texts with commas between them"),
        (["a"], dict[str, str], {}, "expected a JSON object"),
        ({"a": 1}, dict[str, str], {}, "a: expected a text"),
        ({"a": {"b": 1}}, dict[str, dict[str, str]], {}, "a: b: expected a text"),
        ({"a": "s3cret"}, dict[str, dict[str, str]], {}, "a: expected a JSON object"),
    ],
)
def test_what_cannot_be_read_is_told_without_its_value(
    given: object, wanted: Any, bounds: dict[str, float], said: str
) -> None:
    with pytest.raises(ValueError) as raised:
        read_setting(given, wanted, bounds)
    assert str(raised.value) == said
