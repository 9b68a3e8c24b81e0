"""What is checked is closed and strict, and becomes the node that was declared."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from tests.support.acme import acme

from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.limits import ErrorReading
from waypost.engine.manifest.node import Expression, Slug
from waypost.engine.manifest.pagination import LimitRange, PagePagination
from waypost.engine.manifest.reference import all_nodes
from waypost.engine.manifest.sending import SentRow
from waypost.engine.manifest.strict import checked, checked_json, strict, with_models


def test_nothing_is_coerced_or_added() -> None:
    with pytest.raises(ValidationError):
        checked(LimitRange, {"maximum": "50"})
    with pytest.raises(ValidationError):
        checked(LimitRange, {"maximum": 50, "most": 50})
    with pytest.raises(ValidationError):
        checked(LimitRange, {"maximum": 50.5})
    with pytest.raises(ValidationError):
        checked(LimitRange, {"maximum": True})


def test_a_field_goes_by_its_name_in_yaml_only() -> None:
    assert checked_json(SentRow, '{"id": "i", "from": "f"}') == SentRow(id="i", from_="f")
    with pytest.raises(ValidationError):
        checked_json(SentRow, '{"id": "i", "from_": "f"}')


def test_nodes_may_stand_in_what_is_checked() -> None:
    reading = ErrorReading(message="body.message")
    assert acme(errors=reading).errors == reading
    with pytest.raises(ValueError, match="a manifest cannot hold Place"):
        checked(Integration, {"name": type("Place", (), {})()})


def test_a_member_of_a_choice_is_the_node_that_its_word_names() -> None:
    found = acme(pagination={"all": {"style": "page", "limit": {"maximum": 50}}})
    assert found.pagination["all"] == PagePagination(style="page", limit=LimitRange(maximum=50))
    with pytest.raises(ValidationError, match="union_tag_invalid"):
        acme(pagination={"all": {"style": "pages"}})


@pytest.mark.parametrize("node", all_nodes())
def test_what_validates_has_what_is_declared(node: Any) -> None:
    model = strict(node)
    assert list(model.model_fields) == list(node.__struct_fields__)
    for attribute, field in model.model_fields.items():
        declared = node.declared[attribute]
        assert field.description == declared.description
        assert field.alias == declared.alias


@pytest.mark.parametrize("name", ["acme", "user-directory", "role_assignments", "a1"])
def test_slugs(name: str) -> None:
    assert TypeAdapter(with_models(Slug)).validate_python(name) == name


@pytest.mark.parametrize("name", ["", "Acme", "a b", "-a", "a--b", "a/b", "a" * 65])
def test_not_slugs(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(with_models(Slug)).validate_python(name)


def test_an_expression_is_not_empty() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(with_models(Expression)).validate_python("")
