"""The words domains refuse with; no public sample exists for any of them (GUESS)."""

from __future__ import annotations

from waypost_sandbox.wire.check import name_of

NAME_TAKEN = "The name has already been taken."
BAD_NAME = "The name format is invalid."
NEEDS_PLAN = "This feature is not available on your current plan. #MS42216"


def needs_unsubscribe(field: str) -> str:
    """Say that the text lacks its placeholder."""
    return f"The {name_of(field)} must contain {{{{unsubscribe}}}}."


def bad_subdomain(field: str) -> str:
    """Say that the subdomain has other signs in it."""
    return f"The {name_of(field)} may only contain letters and numbers."
