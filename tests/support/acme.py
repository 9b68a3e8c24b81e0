"""A made-up provider for tests of the engine."""

from typing import Any

from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.strict import checked


def acme(**changes: Any) -> Integration:
    """Build an integration; `changes` replace its parts."""
    parts: dict[str, Any] = {
        "name": "acme",
        "label": "Acme",
        "category": "email",
        "description": "A provider that exists in tests only.",
        "base_url": "https://api.acme.test/v1",
        "credentials": {"api_key": {"fields": ({"name": "api_key", "label": "API key"},)}},
        "authorization": {"scheme": "bearer", "token": "{{credentials.api_key}}"},
    }
    return checked(Integration, {**parts, **changes})


def method(verb: str = "GET", path: str = "/things", **changes: Any) -> Method:
    """Build a method."""
    description = "A method that exists in tests only."
    return checked(Method, {"verb": verb, "path": path, "description": description, **changes})
