"""Whether what a request names is there to be read."""

from typing import Any

from waypost.engine.manifest.loaded import Catalog, LoadedIntegration
from waypost.engine.manifest.problem import nearest
from waypost.features.syncs.definitions.nodes import HELD


def check_resource(
    catalog: Catalog, loaded: LoadedIntegration | None, resource: str, method: str
) -> str | None:
    """Return what is wrong with a request's resource, or None; `loaded` is the job's integration."""
    if resource == HELD:
        return None if method == "list" else f"{HELD} can only be listed"
    name, slash, rest = resource.partition("/")
    if slash:
        model = catalog.models.get(name)
        if model is None:
            known = nearest(name, list(catalog.models), called="unified models")
            return f"there is no unified model '{name}'{known}"
        if rest not in model.resources:
            return f"{name} has no resource '{rest}'{nearest(rest, list(model.resources))}"
        if loaded is not None and _offered(loaded, name, rest, method) is None:
            return f"{loaded.integration.label} cannot {method} {resource}"
        return None
    if loaded is not None and loaded.integration.method(resource, method) is None:
        known = nearest(resource, list(loaded.integration.resources), called="resources")
        return f"{loaded.integration.label} has no {resource} {method}{known}"
    return None


def _offered(loaded: LoadedIntegration, model: str, resource: str, method: str) -> Any:
    file = loaded.mappings.get(model)
    return None if file is None else file.resources.get(resource, {}).get(method)
