"""Rows of the catalog."""

from pathlib import Path

import pytest
from tests.support.catalogue import write_catalogue

from waypost.engine.manifest.load import load_catalog
from waypost.engine.manifest.loaded import Catalog
from waypost.features.catalog import shapes
from waypost.kernel.manifests import integration_id, model_id


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return load_catalog(write_catalogue(tmp_path))


def test_an_integration_says_where_it_is_installed(catalog: Catalog) -> None:
    loaded = catalog.integrations["acme"]
    assert shapes.integration(loaded, (), "e1")["installed_environment"] == []
    row = shapes.integration(loaded, {"acme"}, "e1")
    assert row["installed_environment"] == ["e1"]
    assert (row["id"], row["version"]) == (integration_id("acme"), 1)
    assert row["config"]["label"] == "Acme"


def test_a_model(catalog: Catalog) -> None:
    row = shapes.unified_model(catalog.models["mail"], {"mail"}, "e1")
    assert row["resources"]["messages"]["methods"] == ["list"]
    assert row["resources"]["messages"]["schema"]["required"] == ["id"]
    assert row["installed_environment"] == ["e1"]


def test_a_mapping(catalog: Catalog) -> None:
    (row,) = shapes.mappings(catalog)
    assert row["unified_model_id"] == model_id("mail")
    assert (row["resource_name"], row["integration_name"]) == ("messages", "acme")
    assert row["method_name"] == "list"
    assert set(row["config"]) == {"resource", "method", "query_mapping", "response_mapping"}


def test_categories_and_unified_apis(catalog: Catalog) -> None:
    assert [row["name"] for row in shapes.categories(catalog)] == ["email", "messages"]
    (served,) = shapes.unified_apis(catalog, catalog.integrations["acme"])
    assert served["resources"] == {"messages": ["list"]}
