"""The rules of sender identities; all their successes are guesses from documentation."""

from __future__ import annotations

import re
from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.identities import errors
from waypost_sandbox.shapes.rows import check_domain, matches_text, show_row, show_row_domain
from waypost_sandbox.wire.check import Check, read_truth
from waypost_sandbox.wire.refusals import refuse_not_found
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

KIND = "identities"
SHAPE: Json = {
    "id": None,
    "email": None,
    "name": None,
    "reply_to_email": None,
    "reply_to_name": None,
    "is_verified": False,
    "resends": 0,
    "add_note": False,
    "personal_note": None,
}
ORDERS = ("email", "created_at", "verified_at")
CONFIRMATION_TAKES = timedelta(seconds=60)
# The sandbox's own convention: such addresses click the link in the mail by themselves.
_CONFIRMS_ITSELF = re.compile(r"^confirm([+.-][^@]*)?@", re.IGNORECASE)
_CHANGEABLE = ("name", "reply_to_email", "reply_to_name", "add_note", "personal_note")


def show_identity(account: Account, row: Json) -> Json:
    """Show an identity with the small shape of its domain."""
    return {**show_row(row, SHAPE), "domain": show_row_domain(account, row)}


def list_identities(account: Account, query: Json) -> list[Json]:
    """List identities by domain and text, in an order that may be asked for."""
    check = Check(query)
    check.field("domain_id").string()
    check.field("query").string()
    order_by = check.field("order_by").one_of(ORDERS)
    order = check.field("order").one_of(("asc", "desc"))
    check.refuse_if_wrong()
    rows = [
        row
        for row in account.rows(KIND).values()
        if query.get("domain_id") in (None, "", row.get("domain_id"))
        and matches_text(row, query.get("query"), ("email", "name"))
    ]
    if order_by.value is None:
        return rows
    key = str(order_by.value)
    return sorted(rows, key=lambda row: str(row.get(key) or ""), reverse=order.value == "desc")


def find_by_email(account: Account, email: str) -> Json:
    """Return the identity of an address, or refuse."""
    for row in account.rows(KIND).values():
        if str(row.get("email", "")).lower() == email.lower():
            return row
    raise refuse_not_found()


def create_identity(account: Account, body: Json) -> Json:
    """Add an identity that waits for its confirmation."""
    check = Check(body)
    check_domain(account, check)
    email = check.field("email").required().string().longest(320).email()
    taken = {str(row.get("email", "")).lower() for row in account.rows(KIND).values()}
    if isinstance(email.value, str) and email.value.lower() in taken:
        email.fail(errors.EMAIL_TAKEN)
    _check_fields(check)
    check.refuse_if_wrong()
    now = account.now()
    row: Json = {
        **SHAPE,
        "id": ids.make_hashid(),
        "email": body["email"],
        "domain_id": body["domain_id"],
        "created_at": write_time(now),
        "verified_at": None,
    }
    _apply(row, body)
    account.rows(KIND)[row["id"]] = row
    if _CONFIRMS_ITSELF.match(row["email"]):
        account.plan_work(now + CONFIRMATION_TAKES, "confirm_identity", row["id"])
    return row


def check_update(body: Json) -> None:
    """Check a change; where the path holds an address, this comes before the look-up."""
    check = Check(body)
    _check_fields(check)
    check.refuse_if_wrong()


def update_identity(row: Json, body: Json) -> None:
    """Change what a checked body names."""
    _apply(row, body)


def _check_fields(check: Check) -> None:
    check.field("name").string().longest(191)
    reply_to = check.field("reply_to_email")
    if reply_to.value is None and check.data.get("reply_to_name"):
        reply_to.fail(errors.NEEDS_REPLY_ADDRESS)
    reply_to.string().longest(191).email()
    check.field("reply_to_name").string().longest(191)
    add_note = check.field("add_note").boolean()
    note = check.field("personal_note").string().longest(250)
    if not add_note.is_wrong and read_truth(add_note.value) and note.value is None:
        note.fail(errors.NEEDS_NOTE)


def _apply(row: Json, body: Json) -> None:
    for name in _CHANGEABLE:
        if name in body:
            value = body[name]
            row[name] = read_truth(value) if name == "add_note" else value or None


def resend_confirmation(row: Json) -> None:
    """Count that the confirmation is sent again; no cap is known."""
    row["resends"] = int(row.get("resends") or 0) + 1


def confirm_identity(account: Account, identity_id: str) -> None:
    """Let the address's owner have confirmed, and tell webhooks."""
    row = account.rows(KIND).get(identity_id)
    if row is None or row.get("is_verified"):
        return
    row["is_verified"] = True
    row["verified_at"] = write_time(account.now())
    data = {"object": "sender_identity", **show_row(row, SHAPE)}
    account.announce("sender_identity.verified", data, domain_id=row.get("domain_id"))
