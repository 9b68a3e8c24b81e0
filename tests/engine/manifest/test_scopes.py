"""Every expression field says what it may read, and says it about a field that exists."""

from waypost.base.declared import fields
from waypost.engine.manifest.reference import all_nodes
from waypost.engine.manifest.scopes import SCOPES
from waypost.engine.manifest.shape import inside
from waypost.engine.manifest.walk import kind_of


def test_scopes_are_complete() -> None:
    declared = {
        (node, name)
        for node in all_nodes()
        for name, field in fields(node).items()
        if "expression" in (kind_of(field.annotation), kind_of(inside(field.annotation, "any")))
    }
    assert declared == SCOPES.keys()
