"""Installed models and overrides on the wire."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.features.overrides import shapes
from waypost.kernel.manifests import model_id
from waypost.kernel.mappings import MappingOverride, ModelInstall
from waypost.kernel.wire.body import parse_body


def test_an_installed_model() -> None:
    shown = shapes.model_install(ModelInstall("m1", "e1", "mail", {"docs": {}}, 0.0, 0.0))
    assert shown["unified_model_id"] == shown["unified_model"]["id"] == model_id("mail")
    assert shown["override"] == {"docs": {}}


def test_an_override() -> None:
    record = MappingOverride(
        "o1", "e1", "m1", "mail", "acme", "messages", "list", {"a": 1}, 3, 0.0, 0.0
    )
    shown = shapes.mapping_override(record)
    assert (shown["integration_name"], shown["resource_name"]) == ("acme", "messages")
    assert (shown["method_name"], shown["version"]) == ("list", 3)
    assert shown["environment_unified_model_id"] == "m1"


def test_a_whole_row_may_be_sent_back() -> None:
    record = MappingOverride("o1", "e1", "m1", "mail", "acme", "r", "list", {}, 3, 0.0, 0.0)
    assert parse_body(shapes.mapping_override(record), shapes.OverrideChange).version == 3
    with pytest.raises(InvalidRequest):
        parse_body({"config": {}, "version": "3"}, shapes.OverrideChange)
