"""Integrations, unified models and mappings of the catalog as rows of the wire."""

from collections.abc import Collection, Iterator
from typing import Any

from waypost.engine.manifest.loaded import Catalog, LoadedIntegration
from waypost.engine.manifest.plain import plain
from waypost.engine.manifest.unified import Mapping, UnifiedModel
from waypost.features.catalog.config import integration_config
from waypost.kernel.manifests import integration_id, model_id
from waypost.kernel.wire.seeded import SINCE, TEAM_ID, fixed_id

Row = dict[str, Any]
_BORN = {"created_at": SINCE, "updated_at": SINCE}


def integration(loaded: LoadedIntegration, installed: Collection[str], environment_id: str) -> Row:
    """Show an integration; `installed` are the names of those switched on in the environment."""
    manifest = loaded.integration
    return {
        "id": integration_id(manifest.name),
        "name": manifest.name,
        "category": manifest.category,
        "is_beta": manifest.unverified,
        "sharing": "allow",
        "team_id": TEAM_ID,
        "installed_environment": [environment_id] if manifest.name in installed else [],
        "can_install": True,
        "default_oauth_app_id": None,
        "version": 1,
        "config": integration_config(manifest),
        **_BORN,
    }


def unified_model(model: UnifiedModel, installed: Collection[str], environment_id: str) -> Row:
    """Show a unified model; `installed` are the names of those switched on in the environment."""
    return {
        "id": model_id(model.name),
        "name": model.name,
        "label": model.label,
        "category": model.category,
        "description": model.description,
        "sharing": "allow",
        "resources": {
            name: {
                "schema": resource.schema_,
                "description": resource.description,
                "methods": list(resource.methods),
            }
            for name, resource in model.resources.items()
        },
        "scopes": {},
        "docs": {},
        "webhooks": {},
        "team_id": TEAM_ID,
        "installed_environment": [environment_id] if model.name in installed else [],
        "version": 1,
        **_BORN,
    }


def mappings(catalog: Catalog) -> Iterator[Row]:
    """Yield every mapping of the catalog as a base row."""
    for name, loaded in catalog.integrations.items():
        for model, file in loaded.mappings.items():
            for resource, cells in file.resources.items():
                for method, cell in cells.items():
                    yield _mapping(model, resource, name, method, cell)


def categories(catalog: Catalog) -> list[Row]:
    """Return the categories that integrations and models name, in alphabetical order."""
    names = {each.integration.category for each in catalog.integrations.values()}
    names |= {model.category for model in catalog.models.values()}
    return [
        {
            "id": fixed_id("category", name),
            "name": name,
            "label": name.replace("_", " ").replace("-", " ").capitalize(),
            **_BORN,
        }
        for name in sorted(names)
    ]


def unified_apis(catalog: Catalog, loaded: LoadedIntegration) -> list[Row]:
    """Return the unified models an integration serves, with the methods of each resource."""
    shown = []
    for name, file in loaded.mappings.items():
        model = catalog.models.get(name)
        shown.append(
            {
                "unified_model_id": model_id(name),
                "name": name,
                "label": model.label if model else name,
                "category": model.category if model else None,
                "resources": {resource: list(cells) for resource, cells in file.resources.items()},
            }
        )
    return shown


def _mapping(model: str, resource: str, integration_name: str, method: str, cell: Mapping) -> Row:
    return {
        "id": fixed_id("mapping", model, resource, integration_name, method),
        "unified_model_id": model_id(model),
        "resource_name": resource,
        "integration_name": integration_name,
        "method_name": method,
        "config": plain(cell),
        "version": 1,
        **_BORN,
    }
