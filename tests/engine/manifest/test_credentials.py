"""What an account must hold, in the order it is offered."""

from typing import Any

import pytest
from pydantic import ValidationError

from waypost.base.declared import fields
from waypost.engine.manifest.credentials import (
    REFUSED_FORMATS,
    Credentials,
    HeaderAuthorization,
)
from waypost.engine.manifest.strict import checked

KEY = {"fields": [{"name": "api_key", "label": "API key"}]}
OAUTH = {"authorize_url": "https://a.test/authorize", "token_url": "https://a.test/token"}


def parse(value: dict[str, Any]) -> Credentials:
    return checked(Credentials, value)


def test_formats_are_offered_in_order() -> None:
    assert parse({"oauth2": OAUTH, "api_key": KEY}).formats() == ("api_key", "oauth2")


def test_at_least_one_format() -> None:
    with pytest.raises(ValidationError, match="name at least one of api_key, oauth2"):
        parse({})


@pytest.mark.parametrize("name", REFUSED_FORMATS)
def test_refused_formats_are_not_fields(name: str) -> None:
    assert name not in fields(Credentials)


def test_oauth_uses_pkce_unless_switched_off() -> None:
    oauth = parse({"oauth2": OAUTH}).oauth2
    assert oauth is not None
    assert oauth.pkce


@pytest.mark.parametrize("name", ["Api-Key", "apiKey", "1key", ""])
def test_a_fields_name_can_stand_in_a_placeholder(name: str) -> None:
    with pytest.raises(ValidationError):
        parse({"api_key": {"fields": [{"name": name, "label": "x"}]}})


def test_a_header_has_a_header_name() -> None:
    found = checked(HeaderAuthorization, {"scheme": "header", "name": "x-api-key", "value": "v"})
    assert found.name == "x-api-key"
    with pytest.raises(ValidationError):
        checked(HeaderAuthorization, {"scheme": "header", "name": "x key", "value": "v"})
