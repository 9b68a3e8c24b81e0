"""The machine-readable menu of an integration: what proxy and unified calls there are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.integration import Method
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.unified import UnifiedModel
from waypost.features.catalog.config import credential_formats
from waypost.features.catalog.tools import ToolChoice, methods_of, read_choice
from waypost.kernel.manifests import integration_id

PARAMETERS = ("type", "methods", "resource", "has_description")
_TYPES = ("proxy", "unified", "all")


@dataclass(frozen=True, slots=True)
class Menu:
    """Which part of the menu is wanted."""

    kind: str = "all"
    choice: ToolChoice = field(default_factory=ToolChoice)
    resource: str | None = None
    described: bool = True


def read_menu(query: Mapping[str, Any]) -> Menu:
    """Read the menu's parameters; raises InvalidRequest."""
    for name in query:
        if name not in PARAMETERS:
            known = ", ".join(PARAMETERS)
            raise InvalidRequest(f"The query parameter '{name[:80]}' is not known; use {known}.")
    kind = query.get("type") or "all"
    if kind not in _TYPES:
        raise InvalidRequest(f"type must be one of {', '.join(_TYPES)}")
    described = query.get("has_description") or "true"
    if described not in ("true", "false"):
        raise InvalidRequest("has_description must be true or false")
    resource = query.get("resource") or None
    if resource is not None and not isinstance(resource, str):
        raise InvalidRequest("resource must be a single value")
    return Menu(kind, read_choice(query), resource, described == "true")


def capabilities(
    loaded: LoadedIntegration,
    models: Mapping[str, UnifiedModel],
    menu: Menu,
    overridden: Collection[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Return the menu; `overridden` are the (model, resource) that the environment has changed."""
    integration = loaded.integration
    first = next(iter(credential_formats(integration.credentials).values()))["config"]
    every = [method for _, _, method in methods_of(integration)]
    told = [method for method in every if method.description]
    return {
        "integration": {
            "id": integration_id(integration.name),
            "name": integration.name,
            "label": integration.label,
            "category": integration.category,
        },
        "proxy": _proxy(loaded, menu) if menu.kind != "unified" else [],
        "unified": _unified(loaded, models, menu, overridden) if menu.kind != "proxy" else [],
        "auth": {
            "formats": list(integration.credentials.formats()),
            "fields": first["fields"],
            "documentation_link": first.get("documentation_link"),
        },
        "ai_readiness": {
            "proxy_methods": len(every),
            "proxy_methods_with_descriptions": len(told),
            "ai_ready_score": round(100 * len(told) / len(every)) if every else 0,
        },
    }


def _proxy(loaded: LoadedIntegration, menu: Menu) -> list[dict[str, Any]]:
    shown: dict[str, list[dict[str, Any]]] = {}
    for resource, name, method in methods_of(loaded.integration):
        wanted = menu.choice.wants(name, method) and menu.resource in (None, resource)
        if wanted and (method.description or not menu.described):
            shown.setdefault(resource, []).append(_method(name, method))
    return [{"resource": name, "methods": methods} for name, methods in shown.items()]


def _method(name: str, method: Method) -> dict[str, Any]:
    answers = any(example.response is not None for example in method.examples)
    return {
        "method": name,
        "name": name,
        "description": method.description,
        "has_description": bool(method.description),
        "has_query_schema": method.query_schema is not None,
        "has_body_schema": method.body_schema is not None,
        "has_response_schema": answers,
        "api_documentation_url": method.documentation_link,
    }


def _unified(
    loaded: LoadedIntegration,
    models: Mapping[str, UnifiedModel],
    menu: Menu,
    overridden: Collection[tuple[str, str]],
) -> list[dict[str, Any]]:
    shown = []
    for name, file in loaded.mappings.items():
        model = models.get(name)
        for resource, cells in file.resources.items():
            methods = [
                each for each in cells if not menu.choice.methods or each in menu.choice.methods
            ]
            if not methods or menu.resource not in (None, resource):
                continue
            described = model.resources.get(resource) if model else None
            shown.append(
                {
                    "model": name,
                    "model_label": model.label if model else name,
                    "resource": resource,
                    "description": described.description if described else None,
                    "docs_url": f"/unified/meta/{name}/{loaded.integration.name}?format=md",
                    "methods": methods,
                    "env_overridden": (name, resource) in overridden,
                }
            )
    return shown
