"""The types are walked as the data is."""

from typing import Any

import pytest

from waypost.base.declared import fields
from waypost.engine.manifest.credentials import BasicAuthorization
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.pagination import CursorPagination
from waypost.engine.manifest.shape import chosen, inside, nodes, tag_field, words
from waypost.engine.manifest.unified import ModelResource


def at(node: Any, *keys: str | int) -> Any:
    for key in keys:
        node = inside(node, key)
    return node


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (("label",), str),
        (("resources", "letters", "methods", "list"), Method),
        (("resources", "letters", "methods", "list", "tags", 0), str),
        (("probes", 3, "required"), bool),
        (("nothing", "here"), Any),
    ],
)
def test_a_path_leads_to_its_type(keys: tuple[str | int, ...], found: Any) -> None:
    assert at(Integration, *keys) == found


def test_a_tagged_choice_is_told_apart_by_its_word() -> None:
    choice = nodes(fields(Integration)["authorization"].annotation)
    assert tag_field(choice) == "scheme"
    assert chosen(choice, "basic") is BasicAuthorization
    assert chosen(choice, "oauth1") is None
    assert chosen(nodes(at(Integration, "pagination", "x")), "cursor") is CursorPagination


def test_fields_have_their_yaml_names() -> None:
    assert "schema" in fields(ModelResource)
    assert "schema_" not in fields(ModelResource)


def test_words_of_a_choice_or_nothing() -> None:
    assert "raw" in words(fields(Method)["body_format"].annotation)
    assert words(str) == ()
