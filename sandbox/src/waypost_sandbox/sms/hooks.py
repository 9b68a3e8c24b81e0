"""Where text messages are told of: webhooks for sent ones, routes for received ones."""

from __future__ import annotations

from waypost_sandbox import ids
from waypost_sandbox.shapes.rows import show_row
from waypost_sandbox.sms.numbers import (
    check_number_optional,
    check_number_required,
    ensure_recipient,
    find_own,
    opt,
    show_number_of,
)
from waypost_sandbox.wire.check import Check, Field, read_truth
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

WEBHOOKS = "sms_webhooks"
INBOUNDS = "sms_inbounds"
EVENTS = ("sms.sent", "sms.delivered", "sms.failed")
COMPARERS = (
    "equal",
    "not-equal",
    "contains",
    "not-contains",
    "starts-with",
    "ends-with",
    "not-starts-with",
    "not-ends-with",
)
WEBHOOK_SHAPE: Json = {
    "id": None,
    "url": None,
    "events": [],
    "name": None,
    "enabled": True,
    "created_at": None,
    "updated_at": None,
}
INBOUND_SHAPE: Json = {
    "id": None,
    "name": None,
    "filter": None,
    "forward_url": None,
    "enabled": True,
    "secret": None,
    "created_at": None,
}
STOP_WORDS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT")
START_WORDS = ("START", "UNSTOP", "YES")


def show_webhook(account: Account, row: Json) -> Json:
    """Show a webhook with its number."""
    return {**show_row(row, WEBHOOK_SHAPE), "sms_number": show_number_of(account, row)}


def list_webhooks(account: Account, query: Json) -> list[Json]:
    """List a number's webhooks; an unknown number reads as a missing one."""
    check = Check(query)
    check_number_required(account, check)
    check.refuse_if_wrong()
    wanted = query["sms_number_id"]
    return [row for row in account.rows(WEBHOOKS).values() if row.get("sms_number_id") == wanted]


def check_new_webhook(account: Account, body: Json) -> None:
    """Check a webhook that is to be added to a number."""
    check = Check(body)
    _check_webhook(check, is_new=True)
    check_number_required(account, check)
    check.refuse_if_wrong()


def create_webhook(account: Account, body: Json) -> Json:
    """Add a webhook that passed its checks."""
    now = write_time(account.now())
    row: Json = {
        **WEBHOOK_SHAPE,
        "id": ids.make_hashid(),
        "created_at": now,
        "secret": ids.make_secret(),
        "sms_number_id": body["sms_number_id"],
    }
    account.rows(WEBHOOKS)[row["id"]] = row
    _apply(row, body, ("url", "name", "events"))
    row["updated_at"] = now
    return row


def check_changed_webhook(body: Json) -> None:
    """Check a change to a webhook."""
    check = Check(body)
    _check_webhook(check, is_new=False)
    check.refuse_if_wrong()


def update_webhook(account: Account, row: Json, body: Json) -> None:
    """Change a webhook by what passed its checks."""
    _apply(row, body, ("url", "name", "events"))
    row["updated_at"] = write_time(account.now())


def _check_webhook(check: Check, *, is_new: bool) -> None:
    check.field("url").required_if(is_new).string().longest(191).url()
    check.field("name").required_if(is_new).string().longest(191)
    check.field("events").required_if(is_new).array().each_of(EVENTS)
    check.field("enabled").boolean()


def _apply(row: Json, body: Json, names: tuple[str, ...]) -> None:
    for name in names:
        if body.get(name):
            row[name] = body[name]
    if body.get("enabled") is not None and body["enabled"] != "":
        row["enabled"] = read_truth(body["enabled"])
    if body.get("sms_number_id"):
        row["sms_number_id"] = body["sms_number_id"]


def show_inbound(row: Json) -> Json:
    """Show a route, without its number."""
    return show_row(row, INBOUND_SHAPE)


def list_inbounds(account: Account, query: Json) -> list[Json]:
    """List routes by number and by whether they are on."""
    check = Check(query)
    check_number_optional(account, check)
    enabled = check.field("enabled").boolean()
    check.refuse_if_wrong()
    wanted = query.get("sms_number_id")
    return [
        row
        for row in account.rows(INBOUNDS).values()
        if wanted in (None, "", row.get("sms_number_id"))
        and (enabled.value is None or row.get("enabled", True) is read_truth(enabled.value))
    ]


def create_inbound(account: Account, body: Json) -> Json:
    """Add a route to a number."""
    check = Check(body)
    check_number_required(account, check)
    _check_inbound(check, is_new=True)
    check.refuse_if_wrong()
    row: Json = {
        **INBOUND_SHAPE,
        "id": ids.make_hashid(),
        "secret": ids.make_secret(),
        "created_at": write_time(account.now()),
    }
    account.rows(INBOUNDS)[row["id"]] = row
    _apply_inbound(row, body)
    return row


def update_inbound(account: Account, row: Json, body: Json) -> None:
    """Change a route."""
    check = Check(body)
    check_number_optional(account, check)
    _check_inbound(check, is_new=False)
    check.refuse_if_wrong()
    _apply_inbound(row, body)


def _check_inbound(check: Check, *, is_new: bool) -> None:
    check.field("name").required_if(is_new).string().longest(191)
    check.field("forward_url").required_if(is_new).string().longest(255).url()
    wanted = check.field("filter").object()
    if isinstance(wanted.value, dict) and wanted.value:
        given = wanted.value
        Field(check.problems, "filter.comparer", given.get("comparer")).required().one_of(COMPARERS)
        Field(check.problems, "filter.value", given.get("value")).required().string().longest(255)
    check.field("enabled").boolean()


def _apply_inbound(row: Json, body: Json) -> None:
    _apply(row, body, ("name", "forward_url"))
    if "filter" in body:
        given = body["filter"] or None
        row["filter"] = given and {"value": given["value"], "comparer": given["comparer"]}


def receive_sms(account: Account, sender: str, to: str, text: str) -> Json | None:
    """Take a text that somebody sent to one of the account's numbers; None: no such number.

    STOP and its like opt the sender out, START and its like in again. The payload of the
    forwarded event is a GUESS: no sample of one is public.
    """
    number = find_own(account, to)
    if number is None:
        return None
    recipient = ensure_recipient(account, number["id"], sender)
    word = text.strip().upper()
    if word in STOP_WORDS:
        opt(account, recipient, "opt_out", "sms")
    elif word in START_WORDS:
        opt(account, recipient, "active", "sms")
    now = account.now()
    data: Json = {
        "id": ids.make_object_id(now),
        "from": sender,
        "to": to,
        "text": text,
        "created_at": write_time(now),
    }
    routes = [
        row
        for row in account.rows(INBOUNDS).values()
        if row.get("sms_number_id") == number["id"]
        and row.get("enabled", True)
        and is_match(row.get("filter"), text)
    ]
    for row in routes:
        account.announce(
            "sms.inbound",
            {**data, "sms_inbound_id": row["id"]},
            sms_number_id=number["id"],
            url=row["forward_url"],
            secret=row["secret"],
        )
    return {"recipient": recipient["status"], "forwarded": [row["id"] for row in routes]}


def is_match(wanted: Json | None, text: str) -> bool:
    """Say whether a text passes a route's filter; no filter passes everything."""
    if not wanted:
        return True
    comparer, value = str(wanted["comparer"]), str(wanted["value"]).lower()
    held = text.strip().lower()
    results = {
        "equal": held == value,
        "contains": value in held,
        "starts-with": held.startswith(value),
        "ends-with": held.endswith(value),
    }
    is_right = results[comparer.removeprefix("not-")]
    return not is_right if comparer.startswith("not-") else is_right
