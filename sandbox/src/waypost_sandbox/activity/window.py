"""The window of time that activity and email lists must name."""

from __future__ import annotations

from datetime import datetime, timedelta

from waypost_sandbox.wire.check import Check, Field
from waypost_sandbox.wire.times import parse_moment
from waypost_sandbox.world.account import Account

# Trial and free keep a day; how the others spread over 7, 14 and 30 is a GUESS. The
# default account has every add-on, so nothing is out of its range.
RETENTION_DAYS = {"Trial": 1, "Free": 1, "Hobby": 7, "Starter": 14, "Professional": 30}
_OUT_OF_RANGE = (
    "Date selection out of range. Your account has a {days}-day data retention limit.\n"
    "Upgrade your plan or acquire a data retention addon."
)


def check_window(account: Account, check: Check) -> tuple[datetime, datetime] | None:
    """Check `date_from` and `date_to`, and return them when both are right."""
    start = _check_moment(check.field("date_from").required())
    ending_field = check.field("date_to").required()
    ending = _check_moment(ending_field)
    if start is None or ending is None:
        return None
    now = account.now()
    # Callers' clocks tick between making and sending the request.
    if ending > now + timedelta(seconds=60):
        stamp = now.strftime("%Y-%m-%d %H:%M:%S")
        ending_field.fail(f"The date_to must be before or equal to {stamp}")
    elif start >= ending:
        check.field("date_from").fail("The date from must be a date before date to.")
    days = account.settings.retention_days or RETENTION_DAYS.get(account.settings.plan)
    if days is not None and start < now - timedelta(days=days):
        check.field("date_from").fail(_OUT_OF_RANGE.format(days=days))
    return start, ending


def _check_moment(field: Field) -> datetime | None:
    if field.is_wrong:
        return None
    moment = parse_moment(field.value)
    if moment is None:
        field.fail(f"The {field.name.replace('_', ' ')} is not a valid date.")
    return moment
