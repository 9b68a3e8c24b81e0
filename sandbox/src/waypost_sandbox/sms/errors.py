"""The words text messages refuse with."""

from __future__ import annotations

from waypost_sandbox.wire.check import name_of

QUOTA = "Daily quota for this number exceeded."
NUMBER_REQUIRED = "The sms number id field is required. #MS42209"
NUMBER_INVALID = "The selected sms number id is invalid."
NOT_A_RECIPIENT = "The {name} must be one of the recipients. #MS42217"  # GUESS


def invalid_number(field: str) -> str:
    """Say that a telephone number is not usable."""
    return f"The {name_of(field)} field contains an invalid number."
