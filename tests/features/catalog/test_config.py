"""`integration.config`, in published clients' words."""

from typing import Any

import pytest
from tests.support.small_integration import integration

from waypost.features.catalog.config import credential_formats, integration_config

RESOURCES = {
    "letters": {
        "list": {"verb": "GET", "path": "/letters", "pagination": "pages", "response_path": "data"},
        "get": {"verb": "GET", "path": "/letters/{{id}}", "tags": ["read"]},
        "send": {
            "verb": "POST",
            "path": "/send",
            "body_schema": {"type": "object"},
            "scopes": ["letters"],
            "authorization": {"scheme": "none"},
        },
    },
    "stamps": {"list": {"verb": "GET", "path": "/stamps", "pagination": "own"}},
    "seals": {"list": {"verb": "GET", "path": "/seals", "pagination": "pages"}},
}
PAGINATION = {
    "pages": {"style": "page", "has_more": "body.more"},
    "own": {"style": "dynamic", "initial": "{}", "next": "null"},
}
OAUTH: dict[str, Any] = {
    "authorize_url": "https://acme.example/authorize",
    "token_url": "https://acme.example/token",
    "scopes": ["read"],
    "client": {"id": "our-app", "secret": "planted-client-secret"},
}


def config(**changes: Any) -> dict[str, Any]:
    return integration_config(integration(RESOURCES, pagination=PAGINATION, **changes))


def test_resources_are_methods_by_name() -> None:
    resources = config()["resources"]
    assert {name: list(methods) for name, methods in resources.items()} == {
        "letters": ["list", "get", "send"],
        "stamps": ["list"],
        "seals": ["list"],
    }
    listed = resources["letters"]["list"]
    assert (listed["method"], listed["path"]) == ("get", "/letters")
    assert listed["description"]
    assert listed["response_path"] == "data"
    assert resources["letters"]["get"]["tags"] == ["read"]
    sent = resources["letters"]["send"]
    assert sent["body_format"] == "json"
    assert sent["scopes"] == ["letters"]
    assert sent["authorization"] == {"format": "none", "config": {}}


def test_the_usual_paging_stands_at_the_top() -> None:
    found = config()
    assert found["pagination"]["format"] == "page"
    assert found["pagination"]["config"]["page_param"] == "page"
    own = found["resources"]["stamps"]["list"]["pagination"]
    assert own["config"]["get_initial_pagination_values_expression"] == "{}"
    assert own["config"]["get_pagination_values_expression"] == "null"


def test_one_format_of_credentials_stands_bare() -> None:
    credentials = config()["credentials"]
    assert credentials["format"] == "api_key"
    assert credentials["config"]["fields"][0]["name"] == "api_key"


def test_several_stand_by_name_and_no_secret_is_shown() -> None:
    both = {"api_key": {"fields": [{"name": "key", "label": "Key"}]}, "oauth2": OAUTH}
    shown = config(credentials=both)
    assert set(shown["credentials"]) == {"api_key", "oauth2"}
    oauth = shown["credentials"]["oauth2"]["config"]
    assert oauth["scope"] == ["read"]
    assert "client" not in oauth
    assert "planted" not in str(shown)


@pytest.mark.parametrize(
    ("authorization", "shown"),
    [
        (
            {"scheme": "bearer", "token": "{{credentials.api_key}}"},
            {"format": "bearer", "config": {"token": "{{credentials.api_key}}"}},
        ),
        (
            {"scheme": "header", "name": "x-key", "value": "{{credentials.api_key}}"},
            {
                "format": "header",
                "config": {"header_name": "x-key", "header_value": "{{credentials.api_key}}"},
            },
        ),
        (
            {"scheme": "basic", "username": "{{credentials.api_key}}"},
            {
                "format": "basic",
                "config": {"username": "{{credentials.api_key}}", "password": ""},
            },
        ),
    ],
)
def test_authorization(authorization: dict[str, Any], shown: dict[str, Any]) -> None:
    assert config(authorization=authorization)["authorization"] == shown


def test_without_paging_and_limits_nothing_is_said_of_them() -> None:
    plain = integration_config(integration({"seals": {"get": {"verb": "GET", "path": "/seals"}}}))
    assert not {"pagination", "rate_limit", "headers"} & set(plain)
    formats = credential_formats(integration().credentials)
    assert list(formats) == ["api_key"]
