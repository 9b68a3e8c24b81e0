"""Installs and their bodies."""

from typing import Any

import pytest
from tests.support.kernel_world import small_catalog

from waypost.features.installs.shapes import InstallChange, NewInstall, shown_install
from waypost.kernel.installs import Install
from waypost.kernel.manifests import Manifests
from waypost.kernel.wire.body import parse_body


@pytest.mark.parametrize(
    ("body", "enabled"),
    [
        ({}, True),
        ({"is_enabled": False}, False),
        ({"is_active": False}, False),
        ({"is_active": False, "is_enabled": True}, True),
        ({"is_enabled": None}, True),
    ],
)
def test_either_spelling_switches_it_on(body: dict[str, Any], enabled: bool) -> None:
    assert parse_body({"integration_id": "acme", **body}, NewInstall).enabled is enabled


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ({}, {}),
        ({"is_enabled": False}, {"is_enabled": False}),
        ({"is_active": False}, {"is_enabled": False}),
        ({"is_active": False, "is_enabled": True}, {"is_enabled": True}),
        ({"is_enabled": None, "show_in_catalog": False}, {"show_in_catalog": False}),
        ({"override": None, "id": "x"}, {"override": None}),
        ({"override": {"a": 1}}, {"override": {"a": 1}}),
    ],
)
def test_changes(body: dict[str, Any], changes: dict[str, Any]) -> None:
    assert parse_body(body, InstallChange).changes() == changes


@pytest.mark.parametrize(("name", "label"), [("acme", "Acme"), ("gone", "gone")])
def test_an_install_is_shown_with_its_integration(name: str, label: str) -> None:
    record = Install("i1", "e1", name, True, True, {}, 0.0, 0.0)
    shown = shown_install(record, Manifests(small_catalog()))
    assert shown["is_enabled"] is shown["is_active"] is True
    assert shown["integration"]["config"] == {"label": label}
    assert shown["integration"]["id"] == shown["integration_id"]
