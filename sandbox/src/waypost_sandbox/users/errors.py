"""The words users and invites refuse with."""

from __future__ import annotations

from waypost_sandbox.wire.answer import RefusalError
from waypost_sandbox.wire.refusals import refuse_not_found

NEEDS_OWN_TEMPLATES = "Templates require a read own templates permission. #MS42224"
EMAIL_TAKEN = "The email has already been taken."
TOO_MANY_USERS = "Your plan does not allow more users."  # GUESS


def required_for_custom_user(field: str) -> str:
    """Say that a custom user needs the field."""
    return f"The {field} field is required when role is custom user. #MS42232"


def refuse_unknown_user() -> RefusalError:
    """Refuse an unknown user; this 404 comes after validation and carries quota headers."""
    return refuse_not_found()
