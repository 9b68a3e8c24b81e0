"""Looking emails up: filters, rows and single emails."""

from __future__ import annotations

from waypost_sandbox.activity.window import check_window
from waypost_sandbox.recipients.state import show_recipient_row
from waypost_sandbox.wire.check import Check, is_known
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Email, Json

STATUSES = ("queued", "sent", "rejected", "delivered")
INTERACTIONS = ("opened", "clicked", "unsubscribed", "complained", "no_interaction")
_LEAST_SUBJECT = 3


def find_emails(account: Account, query: Json) -> list[Email]:
    """Return the emails that a query asks for, newest first."""
    check = Check(query)
    domain = check.field("domain_id").required()
    if not is_known(domain.value, account.domains):
        domain.fail("The domain id field is required. #MS42209")
    window = check_window(account, check)
    check.field("status").array().each_of(STATUSES)
    check.field("interaction").array().each_of(INTERACTIONS)
    subject = check.field("subject")
    if isinstance(subject.value, str) and len(subject.value) < _LEAST_SUBJECT:
        subject.fail(f"The subject must be at least {_LEAST_SUBJECT} characters.")
    check.refuse_if_wrong()
    if window is None:
        raise AssertionError("a window that is not there was refused above")
    start, ending = window
    rows = [
        email
        for email in account.emails.values()
        if email.domain_id == query["domain_id"]
        and start <= email.created_at.replace(microsecond=0) <= ending
        and _is_wanted(account, email, query)
    ]
    rows.reverse()
    return sorted(rows, key=lambda email: email.created_at, reverse=True)


def _is_wanted(account: Account, email: Email, query: Json) -> bool:
    exact = (
        ("message_id", email.message_id),
        ("template_id", email.template_id),
        ("recipient_email", _address(account, email)),
    )
    if any(query.get(name) and query[name] != held for name, held in exact):
        return False
    if query.get("status") and email.status not in query["status"]:
        return False
    if query.get("tag") and query["tag"] not in (email.tags or ()):
        return False
    wanted_subject = (query.get("subject") or "").lower()
    return wanted_subject in email.subject.lower() and _has_interaction(email, query)


def _has_interaction(email: Email, query: Json) -> bool:
    wanted = query.get("interaction")
    if not wanted:
        return True
    held = email.interactions or ["no_interaction"]
    return bool(set(held) & set(wanted))


def _address(account: Account, email: Email) -> str:
    recipient = account.recipients.get(email.recipient_id)
    return recipient.email if recipient else ""


def show_email_row(account: Account, email: Email) -> Json:
    """Show an email in a list: no content."""
    return {
        "id": email.id,
        "from": email.sender,
        "to": _address(account, email),
        "subject": email.subject,
        "text": None,
        "html": None,
        "template_id": email.template_id,
        "domain_id": email.domain_id,
        "message_id": email.message_id,
        "status": email.status,
        "tags": email.tags,
        "interaction": email.interactions,
        "suppression_reason": email.suppression_reason,
        "created_at": write_time(email.created_at),
        "updated_at": write_time(email.updated_at),
        "headers": email.headers,
    }


def show_email(account: Account, email: Email) -> Json:
    """Show one email: content when it is tracked, recipient and activity."""
    shown = show_email_row(account, email)
    if email.shows_content:
        shown["text"], shown["html"] = email.text, email.html
    recipient = account.recipients.get(email.recipient_id)
    shown["recipient"] = show_recipient_row(recipient) if recipient else None
    shown["activity"] = [
        {
            "id": activity.id,
            "type": activity.type,
            "created_at": write_time(activity.created_at),
            **(
                {"suppression_reason": activity.suppression_reason}
                if activity.type == "suppressed"
                else {}
            ),
        }
        for activity in account.activities.values()
        if activity.email_id == email.id
    ]
    return shown
