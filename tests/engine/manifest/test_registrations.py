"""What is said of webhooks of ours is closed and typed."""

import pytest
from pydantic import ValidationError

from waypost.engine.manifest.registrations import HookCall, WebhookRegistration
from waypost.engine.manifest.strict import checked

CALL = {"resource": "hooks", "method": "list"}
GIVEN = {
    "name": "domain",
    "description": "What happens to mail.",
    "subjects": {"resource": "domains", "subject": "record"},
    "events": ("sent",),
    "list": CALL,
    "hook": "record",
    "create": CALL,
    "update": CALL,
    "delete": CALL,
}


def test_a_registration_is_read() -> None:
    found = checked(WebhookRegistration, GIVEN)
    assert (found.throttle_seconds, found.wanted, found.list.id) == (0.0, None, None)


@pytest.mark.parametrize(
    "changes", [{"events": ()}, {"throttle_seconds": -1.0}, {"secret": "x"}, {"name": "Not a slug"}]
)
def test_what_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        checked(WebhookRegistration, {**GIVEN, **changes})


def test_a_call_has_no_other_parts() -> None:
    with pytest.raises(ValidationError):
        checked(HookCall, {**CALL, "headers": {}})
