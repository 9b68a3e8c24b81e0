"""What is said of making webhooks must lead to methods, and read their examples."""

from collections.abc import Iterator
from typing import Any

from waypost.base.errors import ManifestError
from waypost.engine.conformance.examples import records_of
from waypost.engine.conformance.references import names_method, unknown
from waypost.engine.expressions import compile_expression
from waypost.engine.hooks import read_hooks, read_subject
from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.places import Path
from waypost.engine.manifest.problem import Problem
from waypost.engine.manifest.registrations import WebhookBackfill, WebhookRegistration

_READS = ("GET", "HEAD")


def check_registrations(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield names that lead nowhere or are there twice, and lists that write."""
    integration, places = loaded.integration, loaded.places
    names: list[str] = []
    for index, each in enumerate(integration.webhook_registrations):
        here: Path = ("webhook_registrations", index)
        if each.name in names:
            text = f"the name '{each.name}' is already used above"
            yield Problem(places.value((*here, "name")), text)
        names.append(each.name)
        for part in ("subjects", "list", "create", "update", "delete"):
            called = getattr(each, part)
            yield from _leads(
                loaded,
                (*here, part),
                called.resource,
                called.method,
                only_reads=part in ("subjects", "list"),
            )
    for index, fill in enumerate(integration.webhook_backfills):
        here = ("webhook_backfills", index)
        yield from _leads(loaded, here, fill.resource, fill.method, only_reads=True)
        if fill.related is not None:
            related = fill.related
            path = (*here, "related")
            yield from _leads(loaded, path, related.resource, related.method, only_reads=True)
        if fill.registration not in names:
            text = unknown("webhook registration", fill.registration, names)
            yield Problem(places.value((*here, "registration")), text)


def _leads(
    loaded: LoadedIntegration, path: Path, resource: str, name: str, *, only_reads: bool
) -> Iterator[Problem]:
    yield from names_method(loaded.integration, loaded.places, path, resource, name)
    method = loaded.integration.method(resource, name)
    if only_reads and method is not None and method.verb not in _READS:
        text = f"this only reads; '{resource}.{name}' sends {method.verb}"
        yield Problem(loaded.places.value(path), text)


def check_registered_examples(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield registrations that read nothing from the examples of their methods."""
    integration, places = loaded.integration, loaded.places
    for index, each in enumerate(integration.webhook_registrations):
        here: Path = ("webhook_registrations", index)
        for text in _unread(integration, each):
            yield Problem(places.value(here), text)


def _unread(integration: Integration, registration: WebhookRegistration) -> Iterator[str]:
    subjects = registration.subjects
    try:
        records = _records(integration, subjects.resource, subjects.method)
        found = [read_subject(registration, record) for record in records]
        if not any(found):
            yield f"'subject' reads nothing from the examples of '{subjects.resource}'"
            return
        subject = next(each for each in found if each is not None)
        listed = _records(integration, registration.list.resource, registration.list.method)
        if not any(read_hooks(registration, record, subject) for record in listed):
            yield f"'hook' reads nothing from the examples of '{registration.list.resource}'"
    except ManifestError as error:
        yield error.message


def check_backfilled_examples(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield back-fills whose rows do not become what a webhook would have told."""
    for index, each in enumerate(loaded.integration.webhook_backfills):
        for text in _untold(loaded.integration, each):
            yield Problem(loaded.places.value(("webhook_backfills", index)), text)


def _untold(integration: Integration, backfill: WebhookBackfill) -> Iterator[str]:
    related = (
        next(iter(_records(integration, backfill.related.resource, backfill.related.method)), None)
        if backfill.related
        else None
    )
    subject = {"id": "subject-1", "name": "subject"}
    for row in _records(integration, backfill.resource, backfill.method):
        scope: dict[str, Any] = {"row": row, "subject": subject}
        try:
            told = compile_expression(backfill.event_id).evaluate(scope)
            body = compile_expression(backfill.body).evaluate({**scope, "related": related})
        except ManifestError as error:
            yield error.message
            return
        if told is None:
            continue
        ids = [_id(each.applies, each.event_id, body) for each in integration.webhooks]
        if told not in ids:
            yield f"no webhook reads the event id {told!r} from the body that 'body' makes"
        return
    yield f"no example of '{backfill.resource}.{backfill.method}' becomes an event"


def _id(applies: str | None, event_id: str | None, body: Any) -> Any:
    scope = {"body": body, "headers": {}}
    try:
        if applies is not None and compile_expression(applies).evaluate(scope) is not True:
            return None
        return compile_expression(event_id).evaluate(scope) if event_id else None
    except ManifestError:
        return None


def _records(integration: Integration, resource: str, name: str) -> list[Any]:
    """Return every record in the examples of a method."""
    method = integration.method(resource, name)
    if method is None:
        return []
    found: list[Any] = []
    for example in method.examples:
        records = records_of(method, example.response) if example.response is not None else None
        found += records if isinstance(records, list) else [records] if records else []
    return found
