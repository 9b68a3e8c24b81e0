"""Nodes are small and frozen, and keep what was declared of them."""

from typing import Any

import pytest

from waypost.base.declared import Field, fields
from waypost.engine.manifest.node import Node
from waypost.engine.manifest.pagination import LimitRange


class Leaf(Node):
    """Of this test."""

    from_: str = Field(called="from", description="Where it hangs.")
    green: bool = Field(default=True, description="What it looks like.")
    seen: dict[str, Any] = Field(default={}, description="By whom.")


def test_a_node_is_never_changed() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        LimitRange().maximum = 7  # type: ignore[misc]
    with pytest.raises(AttributeError):
        LimitRange().most = 7  # type: ignore[attr-defined]
    assert Leaf(from_="a tree") == Leaf(from_="a tree", green=True)


def test_no_node_holds_anothers_mapping() -> None:
    first, second = Leaf(from_="a"), Leaf(from_="b")
    first.seen["me"] = 1
    assert second.seen == {}


def test_a_field_is_known_by_its_name_in_yaml() -> None:
    found = fields(Leaf)
    assert list(found) == ["from", "green", "seen"]
    assert [each.attribute for each in found.values()] == ["from_", "green", "seen"]
    assert [each.declared.is_required for each in found.values()] == [True, False, False]
    assert found["green"].annotation is bool
    assert found["from"].declared.description == "Where it hangs."
