"""The page names every field, and every field is described."""

import pytest

from waypost.base.declared import fields
from waypost.engine.manifest.node import Node
from waypost.engine.manifest.reference import all_nodes, reference_page


def test_no_node_is_left_out() -> None:
    defined = set(Node.__subclasses__())
    assert {node for node in defined if node.__module__.startswith("waypost.")} == set(all_nodes())


@pytest.mark.parametrize("node", all_nodes(), ids=lambda node: node.__name__)
def test_every_field_is_described(node: type[Node]) -> None:
    page = reference_page()
    for name, field in fields(node).items():
        description = field.declared.description
        assert description.endswith("."), f"describe {node.__name__}.{name} in a sentence"
        assert f"| `{name}` |" in page


def test_a_row_says_type_scope_and_default() -> None:
    page = reference_page()
    assert "| `query_array_format` | `comma`, `brackets`, `indices`, `repeat` |" in page
    assert "expression over `query`, `body`, `headers`, `values`" in page
    assert '| `"brackets"` |' in page
