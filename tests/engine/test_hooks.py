"""How webhooks of ours are read and put right, by tables."""

from typing import Any

import pytest

from waypost.base.errors import ManifestError
from waypost.engine.hooks import (
    Known,
    Subject,
    ThereHook,
    decide,
    hook_input,
    is_wanted,
    read_hooks,
    read_subject,
)
from waypost.engine.manifest.registrations import HookCall, WebhookRegistration
from waypost.engine.manifest.strict import checked

URL = "https://us.test/integrated-account-webhook/a1?hook=h1"
EVENTS = ("sent", "delivered")


def registration(**changes: Any) -> WebhookRegistration:
    call = HookCall(resource="hooks", method="list")
    given: dict[str, Any] = {
        "name": "domain",
        "description": "What happens to mail.",
        "subjects": {"resource": "domains", "subject": '{"id": record.id, "name": record.name}'},
        "events": EVENTS,
        "list": call,
        "hook": '{"id": record.id, "url": record.url, "secret": record.key, "enabled": record.on}',
        "create": call,
        "update": call,
        "delete": call,
        **changes,
    }
    return checked(WebhookRegistration, given)


def there(**changes: Any) -> ThereHook:
    return ThereHook(**{"id": "w1", "url": URL, "enabled": True, "events": EVENTS, **changes})


@pytest.mark.parametrize(
    ("provider_id", "state", "listed", "act", "missed"),
    [
        (None, "planned", [], "create", False),
        (None, "planned", [there(url="https://them.test/")], "create", False),
        (None, "planned", [there()], "keep", False),  # made, but the answer got lost
        ("w1", "active", [there()], "keep", False),
        ("w1", "active", [there(id="w2"), there()], "keep", False),
        ("w1", "active", [], "create", True),
        ("w1", "active", [there(enabled=False)], "repair", True),
        ("w1", "active", [there(url="https://them.test/")], "repair", True),
        ("w1", "active", [there(events=("sent",))], "repair", True),
        ("w1", "active", [there(events=("sent", "delivered", "more"))], "keep", False),
        ("w1", "active", [there(enabled=None, url=None, events=None)], "keep", False),
        ("w1", "paused", [there()], "keep", True),  # repaired, and then a crash
    ],
)
def test_what_is_done(
    provider_id: str | None, state: str, listed: list[ThereHook], act: str, missed: bool
) -> None:
    decision = decide(Known("h1", URL, provider_id, state), listed, EVENTS)
    assert (decision.act, decision.missed) == (act, missed)
    assert (decision.there is None) == (act == "create")


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"id": "d1", "name": "shop.test"}, Subject("d1", "shop.test")),
        ({"id": "d1"}, Subject("d1")),
        ({"name": "shop.test"}, None),
        ("d1", None),
    ],
)
def test_a_subject_is_read(record: Any, found: Subject | None) -> None:
    assert read_subject(registration(), record) == found


def test_hooks_are_read_and_their_secret_is_shown_to_no_expression() -> None:
    record = {"id": "w1", "url": URL, "key": "s3cret", "on": False}
    (hook,) = read_hooks(registration(), record, Subject("d1"))
    assert (hook.secret, hook.enabled, hook.events) == ("s3cret", False, None)
    assert "s3cret" not in str(hook) + str(hook.scope())
    assert read_hooks(registration(), {"url": URL}, Subject("d1")) == []


@pytest.mark.parametrize(
    ("wanted", "context", "is_so"),
    [
        (None, {}, True),
        ('"sms" in context.kinds', {"kinds": ["sms"]}, True),
        ('"sms" in context.kinds', {}, False),
        ('"sms" in context.kinds', {"kinds": "mail"}, False),
    ],
)
def test_an_account_asks_for_a_kind(
    wanted: str | None, context: dict[str, Any], is_so: bool
) -> None:
    assert is_wanted(registration(wanted=wanted), context) is is_so


def test_a_call_is_asked_with_what_its_expressions_say() -> None:
    call = HookCall(resource="hooks", method="update", id="hook.id", body='{"url": url}')
    given = hook_input(call, {"hook": {"id": "w1"}, "url": URL})
    assert (given.id, given.query, given.body) == ("w1", {}, {"url": URL})
    with pytest.raises(ManifestError):
        hook_input(HookCall(resource="hooks", method="list", query="url"), {"url": URL})
