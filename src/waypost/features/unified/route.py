"""Which unified method a request means."""

from difflib import get_close_matches
from urllib.parse import unquote

from msgspec import Struct

from waypost.base.errors import MethodNotSupported, NotFound
from waypost.engine.manifest.loaded import Catalog
from waypost.engine.manifest.unified import ModelResource, UnifiedModel

CRUD = frozenset({"list", "get", "create", "update", "delete"})
_WITHOUT_ID = {
    "GET": "list",
    "POST": "create",
    "PATCH": "update",
    "PUT": "update",
    "DELETE": "delete",
}
_WITH_ID = {"GET": "get", "PATCH": "update", "PUT": "update", "DELETE": "delete"}


class Target(Struct, frozen=True):
    """A unified method: model, resource and method by name, the id if any, or a meta question."""

    model: UnifiedModel
    resource: str
    method: str
    id: str | None = None
    meta_of: str | None = None
    integration: str | None = None


def find_target(catalog: Catalog, verb: str, tail: str) -> Target:
    """Return what a path under `/unified/` means.

    Raises NotFound with the nearest name, MethodNotSupported with the methods there are.
    """
    parts = [unquote(part) for part in tail.strip("/").split("/")]
    if len(parts) < 2:
        raise NotFound("Use /unified/{model}/{resource}[/{id}].")
    model = find_model(catalog, parts[0])
    name, resource = _resource(model, parts[1])
    rest = parts[2:]
    if verb == "GET" and len(rest) >= 2 and rest[-2] == "meta":
        return _meta(model, name, resource, rest)
    if len(rest) > 1:
        raise NotFound("Use /unified/{model}/{resource}[/{id}].")
    if verb == "POST" and rest:
        return _custom(model, name, resource, rest[0])
    method = (_WITH_ID if rest else _WITHOUT_ID).get(verb)
    if method is None:
        raise MethodNotSupported(f"{verb} means nothing here.")
    return Target(model, name, method, rest[0] if rest else None)


def find_model(catalog: Catalog, name: str) -> UnifiedModel:
    """Return a model by its slug, kebab or snake."""
    model = catalog.models.get(name) or catalog.models.get(name.replace("_", "-"))
    if model is None:
        raise NotFound(f"There is no unified model {name!r}{_nearest(name, list(catalog.models))}")
    return model


def _resource(model: UnifiedModel, asked: str) -> tuple[str, ModelResource]:
    for name in (asked, asked.replace("-", "_"), asked.replace("_", "-")):
        if name in model.resources:
            return name, model.resources[name]
    raise NotFound(
        f"{model.name} has no resource {asked!r}{_nearest(asked, list(model.resources))}",
        details={"resources": sorted(model.resources)},
    )


def _custom(model: UnifiedModel, name: str, resource: ModelResource, method: str) -> Target:
    if method in resource.methods and method not in CRUD:
        return Target(model, name, method)
    known = sorted(set(resource.methods) - CRUD)
    raise NotFound(f"{name} has no method {method!r}{_nearest(method, known)}")


def _meta(model: UnifiedModel, name: str, resource: ModelResource, rest: list[str]) -> Target:
    method = rest[-1]
    if method not in resource.methods:
        known = list(resource.methods)
        raise NotFound(f"{name} has no method {method!r}{_nearest(method, known)}")
    integration = rest[0] if len(rest) == 3 else None
    return Target(model, name, "meta", meta_of=method, integration=integration)


def _nearest(word: str, known: list[str]) -> str:
    found = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else "."
