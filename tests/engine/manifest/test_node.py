"""Nodes are closed, strict and frozen."""

import pytest
from pydantic import TypeAdapter, ValidationError

from waypost.engine.manifest.node import Expression, Slug
from waypost.engine.manifest.pagination import LimitRange


def test_nothing_is_coerced_added_or_changed() -> None:
    with pytest.raises(ValidationError):
        LimitRange.model_validate({"maximum": "50"})
    with pytest.raises(ValidationError):
        LimitRange.model_validate({"maximum": 50, "most": 50})
    with pytest.raises(ValidationError):
        LimitRange().maximum = 7  # type: ignore[misc]


@pytest.mark.parametrize("name", ["acme", "user-directory", "role_assignments", "a1"])
def test_slugs(name: str) -> None:
    assert TypeAdapter(Slug).validate_python(name) == name


@pytest.mark.parametrize("name", ["", "Acme", "a b", "-a", "a--b", "a/b", "a" * 65])
def test_not_slugs(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Slug).validate_python(name)


def test_an_expression_is_not_empty() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Expression).validate_python("")
