"""Carriers' failure codes, and what a number in the sandbox does with a message."""

from __future__ import annotations

CODES: dict[str, str] = {
    "4302": "Malformed From number",
    "4303": "Malformed To number",
    "4403": "From number is not allowed",
    "4404": "To number is not allowed",
    "4432": "The country is forbidden",
    "4470": "The message was rejected as spam",
    "4720": "The destination is invalid",
    "4721": "The destination number is deactivated",
    "4750": "The carrier refused the message",
    "4770": "The carrier rejected the message as spam",
    "4775": "The user opted out of the messages",
    "4795": "The toll-free number is not verified",
    "5106": "The message is impossible to route",
    "5600": "The carrier's queue is full",
    "5650": "The message failed at its destination",
    "9902": "The delivery receipt timed out",
    "9999": "Unknown error",
}
OPTED_OUT = "4775"


def failure_of(number: str) -> str | None:
    """Return the code that a number fails with: its last four digits, when they are one."""
    ending = number[-4:]
    return ending if ending in CODES else None
