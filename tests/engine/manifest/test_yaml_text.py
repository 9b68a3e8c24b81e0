"""YAML is read as JSON would be, and every place is known."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import ManifestError
from waypost.engine.manifest.problem import Problem
from waypost.engine.manifest.yaml_text import MAX_BYTES, MAX_DEPTH, parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("3.25", 3.25),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        *((word, word) for word in ("yes", "no", "on", "off", "Yes", "True", "NULL", "y", "n")),
        *((word, word) for word in ("2026-11-22", "2026-11-22T10:00:00Z", "0123", "0o17", "0x1F")),
        *((word, word) for word in ("12:30:45", "1_000", ".5", "1.", ".inf", ".nan", "1e999", "=")),
        ("1234567890123456789", "1234567890123456789"),
        ("'true'", "true"),
        ('"12"', "12"),
        ("|\n    12\n", "12\n"),
    ],
)
def test_plain_words_keep_their_json_meaning(text: str, value: object) -> None:
    found = read_yaml(f"key: {text}\n", "a.yaml").data
    assert found == {"key": value}
    assert type(found["key"]) is type(value)


def test_keys_are_always_text() -> None:
    assert read_yaml("200: a\nyes: b\nnull: c\n", "a.yaml").data == {
        "200": "a",
        "yes": "b",
        "null": "c",
    }


def test_places_of_values_and_keys_count_from_one() -> None:
    found = read_yaml("a: 1\nlist:\n  - x\n  - {b: é, c: 2}\n", "a.yaml")
    assert str(found.places[("a",)]) == "a.yaml:1:4"
    assert str(found.key_places[("list",)]) == "a.yaml:2:1"
    assert str(found.places[("list", 1, "c")]) == "a.yaml:4:15"
    assert str(found.key_places[("list", 1, "c")]) == "a.yaml:4:12"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml:1:1: this file is empty"),
        ("# nothing\n", "f.yaml:1:1: this file is empty"),
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: the key 'a' is already on line 1"),
        ("a: &x 1\n", "f.yaml:1:4: anchors are not allowed; remove '&x'"),
        ("&x a: 1\n", "f.yaml:1:1: anchors are not allowed; remove '&x'"),
        ("a: *x\n", "f.yaml:1:4: aliases are not allowed; write the value of '*x' out"),
        ("<<: {a: 1}\n", "f.yaml:1:1: merge keys are not allowed; write the keys out"),
        ("a: !!str 1\n", "f.yaml:1:4: tags are not allowed; remove 'tag:yaml.org,2002:str'"),
        ("a: !secret 1\n", "f.yaml:1:4: tags are not allowed; remove '!secret'"),
        ("? [a]\n: 1\n", "f.yaml:1:3: a key must be a plain text"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: only one document may be in a file"),
        ("a: 1\nb: x\u2028y\n", "f.yaml:2:5: an invisible character; write it as \\u2028"),
        (b"a: 1\nb: \xff\n", "f.yaml:2:1: this file is not UTF-8"),
        (
            "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
            f"f.yaml:1:{MAX_DEPTH + 1}: nested deeper than {MAX_DEPTH} levels",
        ),
        (
            b"#" * (MAX_BYTES + 1),
            f"f.yaml:1:1: this file has {MAX_BYTES + 1} bytes; at most {MAX_BYTES} are read",
        ),
    ],
)
def test_refused_with_its_place(text: str | bytes, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        read_yaml(text, "f.yaml")
    assert str(caught.value) == message


def test_broken_yaml_is_refused_where_it_breaks() -> None:
    with pytest.raises(ManifestError) as caught:
        read_yaml("a: 1\nb: [1, 2\nc: 3\n", "f.yaml")
    assert str(caught.value).startswith("f.yaml:3:")
    assert "not YAML" in str(caught.value)


def test_all_problems_are_listed() -> None:
    with pytest.raises(ManifestError) as caught:
        read_yaml("a: &x 1\nb: *x\na: 2\n", "f.yaml")
    assert len(str(caught.value).splitlines()) == 3
    assert caught.value.where == "f.yaml:1:4"


_TEXT = st.text(
    alphabet=st.characters(
        codec="utf-8",
        exclude_categories=("Cs", "Cc", "Cn"),
        exclude_characters="\u2028\u2029\ufeff",
    )
)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: "." in repr(x))
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_json_means_the_same_as_yaml(value: object) -> None:
    assert read_yaml(json.dumps([value], ensure_ascii=False), "a.yaml").data == [value]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    problems: list[Problem] = []
    found = parse_yaml(text, "a.yaml", problems)
    assert (found is None) <= bool(problems)
