"""The API reference has every surface, and every operation says what it does."""

from typing import Any

import httpx
import pytest
from tests.support.served import Served


@pytest.fixture
def document(platform: Served) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{platform.url}/openapi.json", trust_env=False).json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{verb.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
    ]


def test_every_surface_is_there(document: dict[str, Any]) -> None:
    for path in (
        "/unified/{model}/{resource}",
        "/unified/{model}/{resource}/{id}",
        "/proxy/{resource}",
        "/proxy/{resource}/{id}",
        "/custom/{path}",
        "/passthrough/{account_id}/{path}",
        "/integrated-account",
        "/link-token",
        "/log",
        "/sync-job",
    ):
        assert path in document["paths"]
    for path in ("/datastore", "/workflow", "/batch-request"):
        assert path not in document["paths"], "what is not built is not advertised"


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation.get("tags"), name
        assert len(operation["summary"].split()) > 1, name
        assert operation["responses"]["4XX"], name
        assert "422" not in operation["responses"], name


def test_every_parameter_of_a_path_is_declared(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        path = name.split(" ")[1]
        wanted = {part.strip("{}") for part in path.split("/") if part.startswith("{")}
        declared = {
            each["name"] for each in operation.get("parameters", []) if each["in"] == "path"
        }
        assert wanted == declared, name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [each for inner in value.values() for each in references(inner)]
        if isinstance(value, list):
            return [each for inner in value for each in references(inner)]
        return []

    for reference in set(references(document)):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_the_token_is_declared(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]
