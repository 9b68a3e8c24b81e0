"""The words inbound routes refuse with, beside the stock ones (GUESS)."""

from __future__ import annotations

from waypost_sandbox.wire.check import name_of


def needed_with_domain(field: str) -> str:
    """Say that a field is needed when the route has its own domain."""
    return f"The {name_of(field)} field is required when domain enabled is true. #MS42209"


def duplicated(field: str) -> str:
    """Say that two forwards go to the same place."""
    return f"The {name_of(field)} field has a duplicate value."


def bad_domain(field: str) -> str:
    """Say that the value is no host name."""
    return f"The {name_of(field)} format is invalid."
