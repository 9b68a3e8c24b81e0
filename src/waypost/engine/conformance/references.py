"""Names inside one integration must lead somewhere."""

import re
from collections.abc import Iterator, Sequence

from waypost.engine.manifest.credentials import CredentialField
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.limits import RateLimit
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.places import Path, Places
from waypost.engine.manifest.problem import Problem, nearest

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*")
_HOST = re.compile(r"(?:\{\{[^{}]+\}\}|[a-z0-9-]+)(?:\.[a-z0-9-]+)+")


def check_references(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield every name that leads nowhere, and every pair of names that are the same."""
    yield from _whole(loaded)
    yield from _credential_fields(loaded)
    yield from _limits(loaded)
    yield from _probes(loaded)
    for path, method in methods(loaded.integration):
        yield from _method(loaded, path, method)


def methods(integration: Integration) -> Iterator[tuple[Path, Method]]:
    """Yield every method with its path in the manifest."""
    for resource_name, resource in integration.resources.items():
        for method_name, method in resource.methods.items():
            yield ("resources", resource_name, "methods", method_name), method


def unknown(called: str, name: str, known: Sequence[str]) -> str:
    """Return the sentence for a name that leads nowhere."""
    return f"there is no {called} '{name}'{nearest(name, known, called='there are')}"


def _whole(loaded: LoadedIntegration) -> Iterator[Problem]:
    integration, places = loaded.integration, loaded.places
    if not integration.resources:
        yield Problem(places.value(()), "there is no resource; write one in resources/")
    if integration.logo is not None and integration.logo not in loaded.files:
        place = places.value(("logo",))
        yield Problem(place, f"the logo '{integration.logo}' is not in this folder")
    for index, host in enumerate(integration.hosts):
        if not _HOST.fullmatch(host):
            place = places.value(("hosts", index))
            yield Problem(place, f"'{host}' is not the bare name of a host")
    names = [webhook.name for webhook in integration.webhooks]
    yield from _repeated(loaded, ("webhooks",), names)
    for index, webhook in enumerate(integration.webhooks):
        names = [example.name for example in webhook.examples]
        yield from _repeated(loaded, ("webhooks", index, "examples"), names)
    for resource in integration.resources:
        if not _NAME.fullmatch(resource):
            text = f"'{resource}' cannot be a resource's name; use letters, digits, - and _"
            yield Problem(places.key(("resources", resource)), text)


def _credential_fields(loaded: LoadedIntegration) -> Iterator[Problem]:
    credentials = loaded.integration.credentials
    for name in credentials.formats():
        fields: tuple[CredentialField, ...] = getattr(credentials, name).fields
        path: Path = ("credentials", name, "fields")
        yield from _repeated(loaded, path, [field.name for field in fields])
        for index, field in enumerate(fields):
            yield from _credential_field(loaded, (*path, index), field)


def _credential_field(
    loaded: LoadedIntegration, path: Path, field: CredentialField
) -> Iterator[Problem]:
    values = [option.value for option in field.options]
    if (field.type == "single_select") != bool(values):
        text = "single_select needs options, and only single_select has them"
        yield Problem(loaded.places.value(path), text)
    if values and field.default is not None and field.default not in values:
        place = loaded.places.value((*path, "default"))
        yield Problem(place, unknown("option", field.default, values))
    if field.pattern is not None:
        try:
            re.compile(field.pattern)
        except re.error as error:
            place = loaded.places.value((*path, "pattern"))
            yield Problem(place, f"not a regular expression: {error}")


def _limits(loaded: LoadedIntegration) -> Iterator[Problem]:
    integration, places = loaded.integration, loaded.places
    for name, pagination in integration.pagination.items():
        limit = pagination.limit
        if not limit.minimum <= limit.default <= limit.maximum:
            place = places.value(("pagination", name, "limit"))
            yield Problem(place, "expected minimum ≤ default ≤ maximum")
    rate = integration.rate_limit
    if rate is None:
        return
    if rate.default_class not in rate.classes:
        place = places.value(("rate_limit", "default_class"))
        yield Problem(place, unknown("rate class", rate.default_class, tuple(rate.classes)))
    for index, name in enumerate(rate.quota.used_elsewhere if rate.quota else ()):
        if name not in rate.classes:
            place = places.value(("rate_limit", "quota", "used_elsewhere", index))
            yield Problem(place, unknown("rate class", name, tuple(rate.classes)))
    yield from _plans(loaded, rate)


def _plans(loaded: LoadedIntegration, rate: RateLimit) -> Iterator[Problem]:
    known = loaded.integration.plans
    tables: list[tuple[Path, dict[str, int]]] = [
        (("rate_limit", "classes", name, "by_plan"), allowance.by_plan)
        for name, allowance in rate.classes.items()
    ]
    if rate.quota is not None:
        tables.append((("rate_limit", "quota", "by_plan"), rate.quota.by_plan))
    for path, table in tables:
        for plan in table:
            if plan not in known:
                yield Problem(loaded.places.key((*path, plan)), unknown("plan", plan, known))


def _probes(loaded: LoadedIntegration) -> Iterator[Problem]:
    for index, probe in enumerate(loaded.integration.probes):
        path: Path = ("probes", index)
        yield from names_method(
            loaded.integration, loaded.places, path, probe.resource, probe.method
        )
        method = loaded.integration.method(probe.resource, probe.method)
        if method is not None and method.verb not in ("GET", "HEAD"):
            place = loaded.places.value((*path, "method"))
            text = f"a probe only reads; '{probe.resource}.{probe.method}' sends {method.verb}"
            yield Problem(place, text)


def names_method(
    integration: Integration, places: Places, path: Path, resource: str, method: str
) -> Iterator[Problem]:
    """Yield a problem when `resource` and `method`, written at `path`, are not the integration's."""
    resources = integration.resources
    if resource not in resources:
        place = places.value((*path, "resource"))
        yield Problem(place, unknown("resource", resource, tuple(resources)))
    elif method not in resources[resource].methods:
        place = places.value((*path, "method"))
        known = tuple(resources[resource].methods)
        yield Problem(place, unknown(f"method of '{resource}' called", method, known))


def _method(loaded: LoadedIntegration, path: Path, method: Method) -> Iterator[Problem]:
    integration, places = loaded.integration, loaded.places
    if not _NAME.fullmatch(str(path[-1])):
        text = f"'{path[-1]}' cannot be a method's name; use letters, digits, - and _"
        yield Problem(places.key(path), text)
    if method.pagination is not None and method.pagination not in integration.pagination:
        place = places.value((*path, "pagination"))
        yield Problem(
            place, unknown("pagination", method.pagination, tuple(integration.pagination))
        )
    if method.rate_class is not None:
        classes = tuple(integration.rate_limit.classes) if integration.rate_limit else ()
        if method.rate_class not in classes:
            place = places.value((*path, "rate_class"))
            yield Problem(place, unknown("rate class", method.rate_class, classes))
    if (method.xml_root is not None) != (method.body_format == "xml"):
        yield Problem(places.value(path), "xml_root and body_format xml go together")
    if method.body_schema is not None and method.verb in ("GET", "HEAD"):
        place = places.key((*path, "body_schema"))
        yield Problem(place, f"{method.verb} sends no body")
    names = [example.name for example in method.examples]
    yield from _repeated(loaded, (*path, "examples"), names)


def _repeated(loaded: LoadedIntegration, path: Path, names: list[str]) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name in names[:index]:
            place = loaded.places.value((*path, index, "name"))
            yield Problem(place, f"the name '{name}' is already used above")
