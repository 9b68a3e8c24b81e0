"""The rules of activity: filters, order and shape."""

from __future__ import annotations

from waypost_sandbox.activity.window import check_window
from waypost_sandbox.recipients.state import show_recipient_row
from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Activity, Json

EVENTS = (
    "queued",
    "sent",
    "delivered",
    "soft_bounced",
    "hard_bounced",
    "deferred",
    "opened",
    "opened_unique",
    "clicked",
    "clicked_unique",
    "unsubscribed",
    "spam_complaints",
    "survey_opened",
    "survey_submitted",
    "suppressed",
    "junk",
)


def find_activities(account: Account, domain_id: str, query: Json) -> list[Activity]:
    """Return the domain's activities that a query asks for, newest first."""
    check = Check(query)
    window = check_window(account, check)
    events = check.field("event").array().each_of(EVENTS)
    check.refuse_if_wrong()
    if window is None:
        raise AssertionError("a window that is not there was refused above")
    start, ending = window
    rows = [
        activity
        for activity in account.activities.values()
        if activity.domain_id == domain_id
        and start <= activity.created_at.replace(microsecond=0) <= ending
        and (not events.value or activity.type in events.value)
    ]
    rows.reverse()
    return sorted(rows, key=lambda activity: activity.created_at, reverse=True)


def show_activity(account: Account, activity: Activity) -> Json:
    """Show an activity with its email and recipient."""
    shown: Json = {
        "id": activity.id,
        "created_at": write_time(activity.created_at),
        "updated_at": write_time(activity.updated_at),
        "type": activity.type,
        "email": _show_email(account, activity.email_id),
    }
    if activity.type == "suppressed":
        shown["suppression_reason"] = activity.suppression_reason
    return shown


def _show_email(account: Account, email_id: str) -> Json | None:
    email = account.emails.get(email_id)
    if email is None:
        return None
    recipient = account.recipients.get(email.recipient_id)
    return {
        "id": email.id,
        "from": email.sender,
        "subject": email.subject,
        "text": email.text if email.shows_content else None,
        "html": email.html if email.shows_content else None,
        "template_id": email.template_id,
        "status": email.status,
        "tags": email.tags,
        "created_at": write_time(email.created_at),
        "updated_at": write_time(email.updated_at),
        "headers": email.headers,
        "recipient": show_recipient_row(recipient) if recipient else None,
    }
