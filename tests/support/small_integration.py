"""An integration made up in a test: a few lines instead of a folder."""

from typing import Any

from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.strict import checked

DESCRIPTION = "Made for a test of the engine."


def integration(resources: dict[str, Any] | None = None, **changes: Any) -> Integration:
    """Return an integration with bearer authorization; `methods` need no description."""
    described = {
        resource: {
            "label": resource,
            "methods": {
                name: {"description": DESCRIPTION} | method for name, method in methods.items()
            },
        }
        for resource, methods in (resources or {}).items()
    }
    fields: dict[str, Any] = {
        "name": "acme",
        "label": "Acme",
        "category": "email",
        "description": DESCRIPTION,
        "base_url": "https://api.acme.example/v1",
        "credentials": {"api_key": {"fields": ({"name": "api_key", "label": "Key"},)}},
        "authorization": {"scheme": "bearer", "token": "{{credentials.api_key}}"},
        "resources": described,
    }
    # `strict` models take enums and tuples as they are in YAML only in JSON mode.
    return checked(Integration, fields | changes)
