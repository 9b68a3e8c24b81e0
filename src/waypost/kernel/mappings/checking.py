"""Refuse an override before it is stored: laid over the catalog's mapping it must still be one."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from waypost.base.asgi import encode_json
from waypost.base.declared import fields
from waypost.base.errors import InvalidRequest, ManifestError, NotFound
from waypost.base.merge import merge_patch
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.plain import plain
from waypost.engine.manifest.problem import nearest
from waypost.engine.manifest.strict import checked_json
from waypost.engine.manifest.unified import Mapping as Cell
from waypost.engine.manifest.unified import UnifiedModel
from waypost.engine.manifest.walk import kinds_within
from waypost.kernel.manifests import Manifests

Failure = dict[str, str]


def check_override(
    loaded: LoadedIntegration,
    model: UnifiedModel,
    *,
    resource: str,
    method: str,
    config: Mapping[str, Any],
    where: str = "config",
) -> None:
    """Raise InvalidRequest whose `details.failures` lists every fault as `{field, message}`.

    A fault is a resource the model lacks, a key no mapping has, a value of the wrong type, or an
    expression that cannot be read.
    """
    if resource not in model.resources:
        hint = nearest(resource, tuple(model.resources), called="it has")
        raise InvalidRequest(f"The model {model.name} has no resource '{resource[:80]}'{hint}")
    file = loaded.mappings.get(model.name)
    base = file.resources.get(resource, {}).get(method) if file else None
    bottom = plain(base) if base else {}
    failures = list(_failures(merge_patch(bottom, config), where))
    if failures:
        message = "; ".join(f"{each['field']} {each['message']}" for each in failures[:3])
        raise InvalidRequest(message, details={"failures": failures})


def check_account_override(
    manifests: Manifests, integration: str, override: Mapping[str, Any]
) -> None:
    """Check an account's `{model: {resource: {method: config}}}`; raises like `check_override`."""
    loaded = manifests.loaded(integration)
    for name, resources in override.items():
        at = f"unified_model_override.{name}"
        try:
            model = manifests.model(name)
        except NotFound:
            hint = nearest(name, tuple(manifests.catalog.models), called="there are")
            raise InvalidRequest(f"{at}: there is no unified model '{name[:80]}'{hint}") from None
        for resource, methods in _object(resources, at).items():
            for method, config in _object(methods, f"{at}.{resource}").items():
                place = f"{at}.{resource}.{method}"
                check_override(
                    loaded,
                    model,
                    resource=resource,
                    method=method,
                    config=_object(config, place),
                    where=place,
                )


def _failures(merged: Any, where: str) -> Iterator[Failure]:
    try:
        cell = checked_json(Cell, encode_json(merged))
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False, include_context=False):
            path = tuple(each["loc"])
            yield _failure(where, path, _said(path, each["type"], each["msg"]))
        return
    for found in kinds_within(cell):
        if found.kind != "expression":
            continue
        try:
            compile_expression(found.value)
        except ManifestError as error:
            yield _failure(where, found.path, f"cannot be read: {error.message}")


def _said(path: tuple[Any, ...], kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        known = tuple(fields(Cell)) if len(path) == 1 else ()
        return f"is not known{nearest(str(path[-1]), known)}"
    if kind == "missing":
        return "is missing: the catalog has no such mapping to complete it"
    return f"is wrong: {message[:1].lower()}{message[1:]}"


def _failure(where: str, path: tuple[Any, ...], message: str) -> Failure:
    return {"field": ".".join((where, *(str(part) for part in path))), "message": message}


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidRequest(f"{where} must be an object")
    return value
