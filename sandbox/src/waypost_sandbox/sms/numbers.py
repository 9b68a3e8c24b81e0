"""Telephone numbers: the account's own and its recipients'."""

from __future__ import annotations

import re

from waypost_sandbox import ids
from waypost_sandbox.shapes.rows import show_row
from waypost_sandbox.sms import errors
from waypost_sandbox.wire.check import Check, is_known, read_truth
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

NUMBERS = "sms_numbers"
RECIPIENTS = "sms_recipients"
NUMBER_SHAPE: Json = {
    "id": None,
    "telephone_number": None,
    "paused": False,
    "created_at": None,
}
RECIPIENT_SHAPE: Json = {
    "id": None,
    "number": None,
    "status": "active",
    "opted_out_at": None,
    "opt_out_source": None,
    "created_at": None,
}
SMS_SHAPE: Json = {
    "id": None,
    "from": None,
    "to": None,
    "text": None,
    "status": "queued",
    "segment_count": 1,
    "error_type": None,
    "error_description": None,
    "created_at": None,
}
STATUSES = ("active", "opt_out")
# The United States and Canada share one numbering plan; messages go nowhere else.
_REACHABLE = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")


def is_reachable(value: object) -> bool:
    """Say whether the value is a number that a message may go to."""
    return isinstance(value, str) and _REACHABLE.fullmatch(value) is not None


def show_number(row: Json) -> Json:
    """Show one of the account's numbers."""
    return show_row(row, NUMBER_SHAPE)


def show_number_of(account: Account, row: Json) -> Json | None:
    """Show the number that a row belongs to."""
    found = account.rows(NUMBERS).get(row.get("sms_number_id") or "")
    return show_number(found) if found else row.get("sms_number")


def list_numbers(account: Account, query: Json) -> list[Json]:
    """List the account's numbers, paused or working ones when asked for."""
    check = Check(query)
    paused = check.field("paused").boolean()
    check.refuse_if_wrong()
    rows = list(account.rows(NUMBERS).values())
    if paused.value is None:
        return rows
    wanted = read_truth(paused.value)
    return [row for row in rows if bool(row.get("paused")) is wanted]


def pause_number(row: Json, body: Json) -> None:
    """Pause a number or let it work."""
    check = Check(body)
    paused = check.field("paused")
    if paused.value is None:
        paused.required()
    paused.boolean()
    check.refuse_if_wrong()
    row["paused"] = read_truth(body["paused"])


def delete_number(account: Account, number_id: str) -> None:
    """Give a number up, with what hangs on it."""
    del account.rows(NUMBERS)[number_id]
    for kind in ("sms_webhooks", "sms_inbounds"):
        rows = account.rows(kind)
        for row_id in [key for key, row in rows.items() if row.get("sms_number_id") == number_id]:
            del rows[row_id]


def find_own(account: Account, telephone_number: object) -> Json | None:
    """Return the account's number that is written so."""
    for row in account.rows(NUMBERS).values():
        if row.get("telephone_number") == telephone_number:
            return row
    return None


def check_number_required(account: Account, check: Check) -> None:
    """Check a required number id; one that does not decode reads as a missing one."""
    field = check.field("sms_number_id").required()
    if not is_known(field.value, account.rows(NUMBERS)):
        field.fail(errors.NUMBER_REQUIRED)


def check_number_optional(account: Account, check: Check) -> None:
    """Check an optional number id, which must exist when it is given."""
    field = check.field("sms_number_id")
    if field.value is not None and not is_known(field.value, account.rows(NUMBERS)):
        field.fail(errors.NUMBER_INVALID)


def ensure_recipient(account: Account, number_id: str, telephone_number: str) -> Json:
    """Return the number's recipient, made now if it is new."""
    for row in account.rows(RECIPIENTS).values():
        same = row.get("sms_number_id") in (None, number_id)
        if same and row.get("number") == telephone_number:
            return row
    now = account.now()
    made: Json = {
        **RECIPIENT_SHAPE,
        "id": ids.make_object_id(now),
        "number": telephone_number,
        "created_at": write_time(now),
        "sms_number_id": number_id,
    }
    account.rows(RECIPIENTS)[made["id"]] = made
    return made


def list_recipients(account: Account, query: Json) -> list[Json]:
    """List recipients by status and number."""
    check = Check(query)
    status = check.field("status").one_of(STATUSES)
    check_number_optional(account, check)
    check.refuse_if_wrong()
    wanted = query.get("sms_number_id")
    return [
        row
        for row in account.rows(RECIPIENTS).values()
        if status.value in (None, row.get("status", "active"))
        and wanted in (None, "", row.get("sms_number_id"))
    ]


def show_recipient(account: Account, row: Json) -> Json:
    """Show one recipient with its number and what was sent to it."""
    sent = [
        show_row(sms, SMS_SHAPE)
        for sms in account.rows("sms").values()
        if sms.get("recipient_id") == row["id"]
    ]
    return {
        **show_row(row, RECIPIENT_SHAPE),
        "sms_number": show_number_of(account, row),
        "sms": sent or row.get("sms") or [],
    }


def update_recipient(account: Account, row: Json, body: Json) -> None:
    """Opt a recipient out, or in again."""
    check = Check(body)
    check.field("status").required().one_of(STATUSES)
    check.refuse_if_wrong()
    opt(account, row, body["status"], "api")


def opt(account: Account, row: Json, status: str, source: str) -> None:
    """Set whether a recipient takes messages (how the source is named is a GUESS)."""
    if row.get("status", "active") == status:
        return
    is_out = status == "opt_out"
    row["status"] = status
    row["opted_out_at"] = write_time(account.now()) if is_out else None
    row["opt_out_source"] = source if is_out else None
