"""Make something happen to a message that was accepted."""

from __future__ import annotations

from typing import Any

from waypost_sandbox.activity.noting import EVENT_TYPES, note_event
from waypost_sandbox.control.occurrences import OCCURRENCES, is_occurrence, let_occur
from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.webhooks.state import EVENTS
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Email, Json

KEYS = ("message_id", "email_id", "type", "recipient", "meta", "data", "domain_id")
OTHER_EVENTS = tuple(event for event in EVENTS if not event.startswith("activity."))


def make_event(account: Account, payload: Any) -> Json:
    """Let an event happen to one email, or to every email of a message."""
    if not isinstance(payload, dict):
        raise refuse_control("say {'message_id' or 'email_id': id, 'type': event}")
    if is_occurrence(payload):
        return let_occur(account, payload)
    for key in payload:
        if key not in KEYS:
            raise refuse_control(f"unknown key {key!r}", key, KEYS)
    event = str(payload.get("type", "")).removeprefix("activity.")
    # The webhook's name for it is singular, the activity's plural.
    event = "spam_complaints" if event == "spam_complaint" else event
    if event in OTHER_EVENTS:
        return _announce(account, event, payload)
    if event not in EVENT_TYPES:
        known = (*EVENT_TYPES, *OTHER_EVENTS, *OCCURRENCES)
        raise refuse_control(f"unknown event type {event!r}", event, known)
    emails = _find_emails(account, payload)
    noted = [
        activity
        for email in emails
        for activity in note_event(account, email, event, payload.get("meta"))
    ]
    return {
        "data": [
            {"activity_id": each.id, "email_id": each.email_id, "type": each.type} for each in noted
        ]
    }


def _announce(account: Account, event: str, payload: Json) -> Json:
    """Tell webhooks of an event that no message has, with the data that was given."""
    domain_id = payload.get("domain_id")
    if domain_id is not None and domain_id not in account.domains:
        raise refuse_control(f"no domain has the id {domain_id!r}", status=404)
    data = payload.get("data")
    if data is None:
        data = {"domain_id": domain_id} if domain_id else {}
    if not isinstance(data, dict):
        raise refuse_control("data must be an object")
    account.announce(event, data, domain_id=domain_id)
    return {"data": [{"type": event, "domain_id": domain_id}]}


def _find_emails(account: Account, payload: Json) -> list[Email]:
    email_id, message_id = payload.get("email_id"), payload.get("message_id")
    if email_id is not None:
        email = account.emails.get(str(email_id))
        if email is None:
            raise refuse_control(f"no email has the id {email_id!r}", status=404)
        return [email]
    message = account.messages.get(str(message_id))
    if message is None:
        raise refuse_control(f"no message has the id {message_id!r}", status=404)
    emails = [account.emails[key] for key in message.email_ids if key in account.emails]
    wanted = payload.get("recipient")
    if wanted is not None:
        emails = [e for e in emails if _address_of(account, e) == wanted]
    return emails


def _address_of(account: Account, email: Email) -> str | None:
    recipient = account.recipients.get(email.recipient_id)
    return recipient.email if recipient else None
