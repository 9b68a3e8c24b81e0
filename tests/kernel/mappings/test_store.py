"""The tables of unified models and mapping overrides."""

from waypost.kernel.mappings.store import MappingOverride, mapping_override


def test_an_override_is_what_its_table_keeps() -> None:
    assert list(mapping_override.c.keys()) == list(MappingOverride.__slots__)
