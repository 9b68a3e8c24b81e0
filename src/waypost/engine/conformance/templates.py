"""Every placeholder must be well written and name something that can be there."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from waypost.engine.conformance.references import methods, unknown
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.places import Path
from waypost.engine.manifest.problem import Problem
from waypost.engine.manifest.walk import kinds_within
from waypost.engine.placeholders import Candidate, names

_MODIFIERS = frozenset({"null", "undefined", "ignore-empty-str"})
_PATH_ROOTS = ("id", "query", "body", "context")
_FROM_TOKENS = ("access_token",)
_ONE_RECORD = frozenset({"get", "update", "delete"})
_NO_RECORD = frozenset({"list", "create"})
_BRACES = re.compile(r"\{\{|\}\}")


def check_templates(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield placeholders that cannot be filled and paths that do not suit their method."""
    integration, places = loaded.integration, loaded.places
    for found in kinds_within(integration):
        if found.kind == "template":
            for text in _form(found.value):
                yield Problem(places.value(found.path), text)
    known = _credential_names(integration)
    for path, candidate in _authorizations(integration):
        for text in _credential(candidate, known):
            yield Problem(places.value(path), text)
    for path, method in methods(integration):
        for text in (*_shape(str(path[-1]), method), *_declared(method)):
            yield Problem(places.value((*path, "path")), text)


def _form(template: str) -> Iterator[str]:
    bare = template
    for placeholder in names(template):
        bare = bare.replace(placeholder.text, "", 1)
        for candidate in placeholder.candidates:
            for modifier in sorted(candidate.modifiers - _MODIFIERS):
                yield f"'{placeholder.text}' has an unknown type or modifier '{modifier}'"
    if _BRACES.search(bare):
        yield "a placeholder is written {{name}} or {{name.part}}; this one cannot be read"


def _shape(name: str, method: Method) -> Iterator[str]:
    path, _, query = method.path.partition("?")
    if not path.startswith("/") or re.search(r"\s|#|//", re.sub(r"\{\{.*?\}\}", "x", method.path)):
        yield "a path begins with one '/' and has no spaces, no '#' and no empty segment"
    has_id = any(c.path == "id" for p in names(method.path) for c in p.candidates)
    # A delete whose body says what goes (a list of ids) has no item of its own in the path.
    by_body = name == "delete" and method.body_schema is not None and not has_id
    if name in _ONE_RECORD and not by_body and not (path.endswith("/{{id}}") and not query):
        yield f"the path of '{name}' must end in /{{{{id}}}}; otherwise give the method its own name"
    if name in _NO_RECORD and has_id:
        yield f"'{name}' is called without an id; give the method its own name"


def _declared(method: Method) -> Iterator[str]:
    for placeholder in names(method.path):
        for candidate in placeholder.candidates:
            root, *rest = candidate.keys
            if root not in _PATH_ROOTS:
                yield unknown("placeholder root", root, _PATH_ROOTS)
            elif root == "query" and not _has(method.query_schema, rest):
                yield f"'{placeholder.text}' is not declared in query_schema"
            elif root == "body" and not _has(method.body_schema, rest):
                yield f"'{placeholder.text}' is not declared in body_schema"


def _has(schema: Mapping[str, Any] | None, keys: list[str]) -> bool:
    for key in keys:
        schema = (schema or {}).get("properties", {}).get(key)
    return schema is not None


def _credential_names(integration: Integration) -> tuple[str, ...]:
    credentials = integration.credentials
    found = [
        field.name for name in credentials.formats() for field in getattr(credentials, name).fields
    ]
    if credentials.oauth2 or credentials.oauth2_client_credentials:
        found += _FROM_TOKENS
    return tuple(dict.fromkeys(found))


def _authorizations(integration: Integration) -> Iterator[tuple[Path, Candidate]]:
    for found in kinds_within(integration):
        if found.kind == "template" and "authorization" in found.path:
            for placeholder in names(found.value):
                for candidate in placeholder.candidates:
                    yield found.path, candidate


def _credential(candidate: Candidate, known: tuple[str, ...]) -> Iterator[str]:
    root, *rest = candidate.keys
    if root in ("credentials", "context") and len(rest) == 1:
        if rest[0] not in known:
            yield unknown("credential field", rest[0], known)
    elif root not in ("context", "credentials"):
        yield unknown("placeholder root", root, ("credentials", "context"))
