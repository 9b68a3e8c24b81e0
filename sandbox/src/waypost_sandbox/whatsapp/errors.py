"""The words WhatsApp refuses with; none is on public record (GUESS)."""

from __future__ import annotations

from waypost_sandbox.wire.check import name_of

TEMPLATE_INVALID = "The selected template id is invalid."
NOT_A_RECIPIENT = "The {name} must be one of the recipients. #MS42217"


def bad_digits(field: str) -> str:
    """Say that a telephone number is not digits alone."""
    return f"The {name_of(field)} format is invalid."
