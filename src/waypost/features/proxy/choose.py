"""Which method of an integration a proxy request means."""

from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import unquote

from waypost.base.errors import MethodNotSupported, NotFound
from waypost.engine.manifest.integration import CRUD_METHODS, Integration, Resource

_BY_VERB = {"GET": "get", "PATCH": "update", "PUT": "update", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A method by name, and the id in the path if there was one."""

    resource: str
    method: str
    id: str | None = None


def choose(integration: Integration, verb: str, tail: str) -> Choice:
    """Return the method that `verb` and the rest of the path mean.

    Raises NotFound with the nearest name, MethodNotSupported with the names there are.
    """
    parts = [unquote(part) for part in tail.strip("/").split("/")]
    if len(parts) > 2 or not parts[0]:
        raise NotFound(
            "Use /proxy/{resource}, /proxy/{resource}/{id} or /proxy/{resource}/{method}."
        )
    name = parts[0]
    resource = integration.resources.get(name)
    if resource is None:
        raise NotFound(
            f"{integration.label} has no resource {name!r}{_nearest(name, integration.resources)}",
            details={"resources": sorted(integration.resources)},
        )
    rest = parts[1] if len(parts) == 2 else None
    return _method(name, resource, verb, rest)


def _method(name: str, resource: Resource, verb: str, rest: str | None) -> Choice:
    if verb == "POST":
        return _posted(name, resource, rest)
    if rest is None and verb == "GET" and "list" in resource.methods:
        return Choice(name, "list")
    method = _BY_VERB.get(verb)
    if method is None or method not in resource.methods:
        raise _unsupported(name, resource, method or verb)
    if rest is None and verb == "GET" and "{{id}}" in resource.methods[method].path:
        raise _unsupported(name, resource, "list")
    return Choice(name, method, rest)


def _posted(name: str, resource: Resource, rest: str | None) -> Choice:
    wanted = rest or "create"
    if wanted in resource.methods and (rest is None or rest not in CRUD_METHODS):
        return Choice(name, wanted)
    custom = [method for method in resource.methods if method not in CRUD_METHODS]
    if rest is None:
        raise _unsupported(name, resource, "create")
    raise NotFound(
        f"{name} has no method {rest!r}{_nearest(rest, custom)}",
        details={"methods": sorted(resource.methods)},
    )


def _unsupported(name: str, resource: Resource, method: str) -> MethodNotSupported:
    return MethodNotSupported(
        f"{name} has no method {method!r}; it has: {', '.join(sorted(resource.methods))}.",
        details={"methods": sorted(resource.methods)},
    )


def _nearest(word: str, known: object) -> str:
    names = [str(name) for name in known]  # type: ignore[attr-defined]
    found = get_close_matches(word, names, n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else "."
