"""Reading text messages and their activity."""

from __future__ import annotations

from waypost_sandbox.shapes.rows import show_row
from waypost_sandbox.sms.numbers import SMS_SHAPE, check_number_optional
from waypost_sandbox.sms.sending import ACTIVITIES, TEXTS
from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.times import parse_moment
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

STATUSES = ("processed", "queued", "sent", "delivered", "failed")
MESSAGE_SHAPE: Json = {
    "id": None,
    "from": None,
    "to": [],
    "text": None,
    "paused": False,
    "created_at": None,
}
ACTIVITY_SHAPE: Json = {
    "from": None,
    "to": None,
    "content": None,
    "created_at": None,
    "status": None,
    "sms_message_id": None,
}


def show_message_row(row: Json) -> Json:
    """Show a message in a list."""
    return show_row(row, MESSAGE_SHAPE)


def show_activity(row: Json) -> Json:
    """Show what happened to a text."""
    return show_row(row, ACTIVITY_SHAPE)


def show_message(account: Account, row: Json) -> Json:
    """Show one message with its texts and their activity, oldest first."""
    texts = [each for each in account.rows(TEXTS).values() if each.get("message_id") == row["id"]]
    activities = [
        show_activity(each)
        for each in account.rows(ACTIVITIES).values()
        if each.get("sms_message_id") == row["id"]
    ]
    return {
        **show_message_row(row),
        "sms": [show_row(each, SMS_SHAPE) for each in texts or row.get("sms") or []],
        "sms_activity": activities or row.get("sms_activity") or [],
    }


def list_activity(account: Account, query: Json) -> list[Json]:
    """List activity by number, time and status, newest first (the order is a GUESS)."""
    check = Check(query)
    check_number_optional(account, check)
    start, end = (_read_moment(check, name) for name in ("date_from", "date_to"))
    status = check.field("status").array().each_of(STATUSES)
    check.refuse_if_wrong()
    wanted = query.get("sms_number_id")
    rows = [
        row
        for row in account.rows(ACTIVITIES).values()
        if (not wanted or row.get("sms_number_id") in (None, wanted))
        and (not status.value or row.get("status") in status.value)
        and _is_between(row, start, end)
    ]
    rows.reverse()
    return sorted(rows, key=lambda row: str(row.get("created_at") or ""), reverse=True)


def _read_moment(check: Check, name: str) -> float | None:
    field = check.field(name)
    if field.value is None:
        return None
    moment = parse_moment(field.value)
    if moment is None:
        field.fail(f"The {name.replace('_', ' ')} is not a valid date.")
        return None
    return moment.timestamp()


def _is_between(row: Json, start: float | None, end: float | None) -> bool:
    moment = parse_moment(row.get("created_at"))
    if moment is None:
        return True
    seconds = int(moment.timestamp())
    return (start is None or seconds >= start) and (end is None or seconds <= end)
