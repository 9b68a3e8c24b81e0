"""Times as the wire writes them, and as callers may."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNIX = re.compile(r"-?[0-9]{1,15}")


def write_time(moment: datetime) -> str:
    """Write a time; the six digits after the point are zeros on today's wire."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def write_optional_time(moment: datetime | None) -> str | None:
    """Write a time that may be absent."""
    return None if moment is None else write_time(moment)


def next_midnight(moment: datetime) -> datetime:
    """Return the UTC midnight after the moment."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)


def write_reset(moment: datetime) -> str:
    """Write when the daily quota resets; this one time carries no fraction."""
    return next_midnight(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """Read an ISO time or date; one without a zone is UTC."""
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_moment(value: object) -> datetime | None:
    """Read Unix seconds or a datetime string; None when it is neither."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            is_unix = _UNIX.fullmatch(value.strip()) is not None
            return datetime.fromtimestamp(int(value), UTC) if is_unix else parse_time(value)
    except (OverflowError, OSError, ValueError):
        # Beyond what a calendar holds, or no time at all.
        return None
    return None
