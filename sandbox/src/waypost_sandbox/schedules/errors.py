"""The words schedules refuse with."""

from __future__ import annotations

TOO_LATE = (
    "This message is scheduled to be sent shortly or has already been sent, "
    "it's not possible to delete it."
)
