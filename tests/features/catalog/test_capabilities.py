"""The menu of an integration."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.catalogue import write_catalogue

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.load import load_catalog
from waypost.engine.manifest.loaded import Catalog
from waypost.features.catalog.capabilities import capabilities, read_menu


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return load_catalog(write_catalogue(tmp_path))


def menu(catalog: Catalog, query: dict[str, Any], **more: Any) -> dict[str, Any]:
    return capabilities(catalog.integrations["acme"], catalog.models, read_menu(query), **more)


def test_the_whole_menu(catalog: Catalog) -> None:
    found = menu(catalog, {})
    assert found["integration"]["name"] == "acme"
    assert [each["method"] for each in found["proxy"][0]["methods"]] == ["list", "get", "create"]
    listed, _, created = found["proxy"][0]["methods"]
    assert (listed["has_query_schema"], listed["has_body_schema"]) == (True, False)
    assert created["has_body_schema"] is True
    assert found["unified"] == [
        {
            "model": "mail",
            "model_label": "Mail",
            "resource": "messages",
            "description": "A message.",
            "docs_url": "/unified/meta/mail/acme?format=md",
            "methods": ["list"],
            "env_overridden": False,
        }
    ]
    assert found["auth"]["formats"] == ["api_key"]
    assert found["auth"]["fields"][0]["name"] == "api_key"
    assert found["ai_readiness"] == {
        "proxy_methods": 3,
        "proxy_methods_with_descriptions": 3,
        "ai_ready_score": 100,
    }


@pytest.mark.parametrize(
    ("query", "proxy", "unified"),
    [
        ({"type": "proxy"}, 3, 0),
        ({"type": "unified"}, 0, 1),
        ({"type": "all", "methods": "list"}, 1, 1),
        ({"methods": "create,get"}, 2, 0),
        ({"resource": "letters"}, 3, 0),
        ({"resource": "messages"}, 0, 1),
        ({"has_description": "false"}, 3, 1),
    ],
)
def test_a_part_of_it(catalog: Catalog, query: dict[str, str], proxy: int, unified: int) -> None:
    found = menu(catalog, query)
    assert sum(len(each["methods"]) for each in found["proxy"]) == proxy
    assert len(found["unified"]) == unified


def test_an_override_shows(catalog: Catalog) -> None:
    found = menu(catalog, {}, overridden={("mail", "messages")})
    assert found["unified"][0]["env_overridden"] is True


@pytest.mark.parametrize(
    "query",
    [
        {"type": "none"},
        {"has_description": "maybe"},
        {"methods": "list", "verb": "GET"},
        {"resource": ["a", "b"]},
    ],
)
def test_a_wrong_question(query: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        read_menu(query)
