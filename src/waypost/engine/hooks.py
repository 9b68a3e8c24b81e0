"""Read what a provider says of its subjects and webhooks, and decide how one of ours is put right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from waypost.base.errors import ManifestError
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.registrations import HookCall, HookSubjects, WebhookRegistration
from waypost.engine.request import CallInput


@dataclass(frozen=True, slots=True)
class Subject:
    """What a webhook is made for."""

    id: str
    name: str | None = None

    def scope(self) -> dict[str, Any]:
        """Return it as expressions see it."""
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True, slots=True)
class ThereHook:
    """A webhook as it is at the provider; None where the provider does not say."""

    id: str
    url: str | None = None
    secret: str | None = field(default=None, repr=False)
    enabled: bool | None = None
    events: tuple[str, ...] | None = None

    def scope(self) -> dict[str, Any]:
        """Return it as expressions see it; its secret is none of theirs."""
        events = None if self.events is None else list(self.events)
        return {"id": self.id, "url": self.url, "enabled": self.enabled, "events": events}


def read_subject(registration: WebhookRegistration, record: Any) -> Subject | None:
    """Return what a listed record is, or None when it is no subject; raises ManifestError."""
    return next(iter(read_subjects(registration.subjects, [record])), None)


def read_subjects(subjects: HookSubjects, records: Sequence[Any]) -> list[Subject]:
    """Return what listed records are, those left out that are none; raises ManifestError."""
    expression = compile_expression(subjects.subject)
    found = (expression.evaluate({"record": record}) for record in records)
    return [
        Subject(each["id"], each["name"] if isinstance(each.get("name"), str) else None)
        for each in found
        if isinstance(each, Mapping) and isinstance(each.get("id"), str)
    ]


def read_hooks(registration: WebhookRegistration, record: Any, subject: Subject) -> list[ThereHook]:
    """Return the webhooks that a record of the provider shows; raises ManifestError."""
    scope = {"record": record, "subject": subject.scope()}
    found = compile_expression(registration.hook).evaluate(scope)
    items = found if isinstance(found, list) else [found]
    return [_hook(each) for each in items if isinstance(each, Mapping) and _text(each, "id")]


def _hook(found: Mapping[str, Any]) -> ThereHook:
    enabled, events = found.get("enabled"), found.get("events")
    return ThereHook(
        id=found["id"],
        url=_text(found, "url"),
        secret=_text(found, "secret"),
        enabled=enabled if isinstance(enabled, bool) else None,
        events=tuple(map(str, events)) if isinstance(events, list) else None,
    )


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) and value else None


def is_wanted(registration: WebhookRegistration, context: Mapping[str, Any]) -> bool:
    """Say whether an account asks for this kind; raises ManifestError."""
    if registration.wanted is None:
        return True
    return compile_expression(registration.wanted).evaluate({"context": dict(context)}) is True


def hook_input(call: HookCall, scope: Mapping[str, Any]) -> CallInput:
    """Return what a call that the manifest tells is made with; raises ManifestError."""
    return CallInput(
        id=_evaluated(call.id, scope),
        query=_object(call, "query", scope) or {},
        body=_object(call, "body", scope),
    )


def _evaluated(expression: str | None, scope: Mapping[str, Any]) -> Any:
    return None if expression is None else compile_expression(expression).evaluate(dict(scope))


def _object(call: HookCall, name: Literal["query", "body"], scope: Mapping[str, Any]) -> Any:
    expression: str | None = getattr(call, name)
    found = _evaluated(expression, scope)
    if expression is not None and not isinstance(found, Mapping):
        raise ManifestError(f"the {name} of {call.resource}.{call.method} is no object")
    return found


Act = Literal["create", "repair", "keep"]


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of one of our webhooks: its marker stands in its URL."""

    marker: str
    url: str
    provider_id: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do; `missed` says that events may have been lost, `why` what was found."""

    act: Act
    there: ThereHook | None = None
    missed: bool = False
    why: str | None = None


def decide(known: Known, listed: Sequence[ThereHook], events: Sequence[str]) -> Decision:
    """Return how one of our webhooks is put right, from what the provider lists for its subject.

    One that was made but never written down (a crash, an answer that got lost) is found by its URL.
    """
    there = next((each for each in listed if each.id == known.provider_id), None)
    there = there or next((each for each in listed if known.marker in (each.url or "")), None)
    was_there = known.provider_id is not None
    if there is None:
        why = "It was deleted at the provider." if was_there else None
        return Decision("create", missed=was_there, why=why)
    if there.enabled is False:
        return Decision("repair", there, missed=was_there, why="It was paused at the provider.")
    is_moved = there.url is not None and there.url != known.url
    lacks = there.events is not None and not set(events) <= set(there.events)
    if is_moved or lacks:
        return Decision("repair", there, missed=was_there, why="It was changed at the provider.")
    return Decision("keep", there, missed=known.state == "paused")
