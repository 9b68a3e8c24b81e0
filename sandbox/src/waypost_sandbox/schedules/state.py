"""The rules of scheduled messages: accepted sends with a time, and seeded ones."""

from __future__ import annotations

from waypost_sandbox.schedules import errors
from waypost_sandbox.shapes.domain import show_embedded
from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.refusals import refuse_not_found
from waypost_sandbox.wire.times import write_optional_time, write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Message

STATUSES = ("scheduled", "sent", "error")


def list_schedules(account: Account, query: Json) -> list[Json]:
    """List schedules, oldest first."""
    check = Check(query)
    check.field("status").one_of(STATUSES)
    check.refuse_if_wrong()
    shelved = account.shelf.get("message_schedules", {}).values()
    rows = [_show_seeded(row) for row in shelved]
    rows += [
        _show_row(account, message)
        for message in account.messages.values()
        if message.send_at is not None and query.get("domain_id") in (None, "", message.domain_id)
    ]
    if query.get("status"):
        rows = [row for row in rows if row["status"] == query["status"]]
    return sorted(rows, key=lambda row: str(row["created_at"]))


def _show_seeded(row: Json) -> Json:
    return {
        "message_id": row["id"],
        "subject": row.get("subject"),
        "send_at": row.get("send_at"),
        "status": row.get("status") or "scheduled",
        "status_message": row.get("status_message"),
        "created_at": row.get("created_at"),
    }


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
    seeded = account.shelf.get("message_schedules", {}).get(message_id)
    if seeded is not None:
        return {**_show_seeded(seeded), "domain": seeded.get("domain"), "message": None}
    message = account.messages.get(message_id)
    if message is None or message.send_at is None:
        raise refuse_not_found()
    domain = account.domains.get(message.domain_id)
    return {
        **_show_row(account, message),
        "domain": show_embedded(domain) if domain else None,
        "message": {
            "id": message.id,
            "created_at": write_time(message.created_at),
            "updated_at": write_time(message.updated_at),
        },
    }


def cancel_schedule(account: Account, message_id: str) -> None:
    """Take back a message that has not left; unknown and gone ones get the same words."""
    if account.shelf.get("message_schedules", {}).pop(message_id, None) is not None:
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
