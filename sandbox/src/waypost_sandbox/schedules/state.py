"""The rules of scheduled messages: accepted sends with a time, and seeded ones."""

from __future__ import annotations

from waypost_sandbox.schedules import errors
from waypost_sandbox.shapes.domain import show_small
from waypost_sandbox.shapes.rows import show_row
from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.refusals import refuse_not_found
from waypost_sandbox.wire.times import write_optional_time, write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Message

KIND = "message_schedules"
STATUSES = ("scheduled", "sent", "error")
SHAPE: Json = {
    "message_id": None,
    "subject": None,
    "send_at": None,
    "status": "scheduled",
    "status_message": None,
    "created_at": None,
}


def list_schedules(account: Account, query: Json) -> list[Json]:
    """List schedules, oldest first."""
    check = Check(query)
    check.field("domain_id").string()
    check.field("status").one_of(STATUSES)
    check.refuse_if_wrong()
    wanted = query.get("domain_id") or None
    rows = [
        show_row(row, SHAPE)
        for row in account.rows(KIND).values()
        # A seeded row that names no domain belongs to whichever is asked for.
        if wanted is None or row.get("domain_id") in (None, wanted)
    ]
    rows += [
        _show_row(account, message)
        for message in account.messages.values()
        if message.send_at is not None and wanted in (None, message.domain_id)
    ]
    if query.get("status"):
        rows = [row for row in rows if row["status"] == query["status"]]
    return sorted(rows, key=lambda row: str(row["created_at"]))


def _show_row(account: Account, message: Message) -> Json:
    emails = [account.emails[key] for key in message.email_ids if key in account.emails]
    is_gone = any(email.status not in ("queued", "rejected") for email in emails)
    due = message.send_at is not None and message.send_at <= account.now()
    status = "sent" if is_gone else ("error" if due and not message.is_held else "scheduled")
    return {
        "message_id": message.id,
        "subject": emails[0].subject if emails else "",
        "send_at": write_optional_time(message.send_at),
        "status": status,
        "status_message": None,
        "created_at": write_time(message.created_at),
    }


def show_schedule(account: Account, message_id: str) -> Json:
    """Show one schedule; its shape is from documentation only."""
    seeded = account.rows(KIND).get(message_id)
    if seeded is not None:
        return _show_seeded(account, seeded)
    message = account.messages.get(message_id)
    if message is None or message.send_at is None:
        raise refuse_not_found()
    domain = account.domains.get(message.domain_id)
    return {
        **_show_row(account, message),
        "domain": show_small(domain),
        "message": _show_message(message),
    }


def _show_seeded(account: Account, row: Json) -> Json:
    domain = account.domains.get(row.get("domain_id") or "")
    message = account.messages.get(row["message_id"])
    return {
        **show_row(row, SHAPE),
        "domain": show_small(domain) or row.get("domain"),
        "message": _show_message(message) if message else row.get("message"),
    }


def _show_message(message: Message) -> Json:
    return {
        "id": message.id,
        "created_at": write_time(message.created_at),
        "updated_at": write_time(message.updated_at),
    }


def end_schedule(account: Account, message_id: str) -> None:
    """Let a seeded schedule's time have come."""
    row = account.rows(KIND).get(message_id)
    if row is not None and row.get("status") == "scheduled":
        row["status"] = "sent"


def cancel_schedule(account: Account, message_id: str) -> None:
    """Take back a message that has not left; unknown and gone ones get the same words."""
    seeded = account.rows(KIND).get(message_id)
    if seeded is not None:
        if seeded.get("status") != "scheduled":
            raise refuse_not_found(errors.TOO_LATE)
        del account.rows(KIND)[message_id]
        return
    message = account.messages.get(message_id)
    if (
        message is None
        or message.send_at is None
        or _show_row(account, message)["status"] != "scheduled"
    ):
        raise refuse_not_found(errors.TOO_LATE)
    del account.messages[message_id]
    for email_id in message.email_ids:
        account.emails.pop(email_id, None)
    gone = [a.id for a in account.activities.values() if a.email_id in message.email_ids]
    for activity_id in gone:
        del account.activities[activity_id]
