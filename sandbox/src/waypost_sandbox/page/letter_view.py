"""One email, opened: what its recipient would see, and what happened to it."""

from __future__ import annotations

from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.page.rows import (
    activities_of,
    recipient_of,
    show_forwarded,
    show_row,
    state_of,
)
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Activity, Email, Json, Letter

# What a letter lacks that an inbound route forwarded.
_NOTHING_ELSE: Json = {
    "template_id": None,
    "history": [],
    "lists": [],
    "copies": [],
    "leaves_at": None,
}


def find_email(account: Account, email_id: str) -> Email:
    """Return the email of that id, or refuse."""
    email = account.emails.get(email_id)
    if email is None:
        raise refuse_control(f"no email has the id {email_id!r}", status=404)
    return email


def find_letter(account: Account, email_id: str) -> Letter:
    """Return what was handed over of an email, or refuse: it may not have left yet."""
    letter = account.letters.get(email_id)
    if letter is None:
        find_email(account, email_id)
        raise refuse_control("the email has not left, so nothing was handed over", status=404)
    return letter


def show_email(account: Account, email_id: str) -> Json:
    """Show an email with its letter, its history, and the message's other copies."""
    letter = account.letters.get(email_id)
    if letter is not None and email_id not in account.emails:
        return {**show_forwarded(letter), **_show_content(letter), **_NOTHING_ELSE}
    email = find_email(account, email_id)
    content = {"text": email.text, "has_html": bool(email.html), "has_left": False}
    return {
        **show_row(account, email),
        **(_show_content(letter) if letter else {**content, "headers": [], "attachments": []}),
        "template_id": email.template_id or None,
        "history": [_show_activity(each) for each in activities_of(account, email)],
        "lists": _find_lists(account, email),
        "copies": _show_copies(account, email),
        "leaves_at": _show_leaving(account, email),
    }


def _show_content(letter: Letter) -> Json:
    return {
        "has_left": True,
        "has_html": bool(letter.html),
        "text": letter.text,
        "headers": [list(pair) for pair in letter.headers],
        "attachments": [
            {**{key: value for key, value in item.items() if key != "content"}, "place": place}
            for place, item in enumerate(letter.attachments)
        ],
    }


def _show_activity(activity: Activity) -> Json:
    return {
        "type": activity.type,
        "at": activity.created_at.isoformat(timespec="milliseconds"),
        "reason": activity.suppression_reason,
        "meta": activity.meta,
    }


def _find_lists(account: Account, email: Email) -> list[str]:
    """Name the suppression lists that the recipient is on."""
    address = recipient_of(account, email).lower()
    found = {
        entry.kind
        for entry in account.suppressions.values()
        if entry.recipient_id == email.recipient_id or entry.pattern.lower() == address
    }
    return sorted(found)


def _show_copies(account: Account, email: Email) -> list[Json]:
    message = account.messages.get(email.message_id)
    others = [account.emails.get(each) for each in (message.email_ids if message else [])]
    return [
        {
            "email_id": each.id,
            "recipient": recipient_of(account, each),
            "state": state_of(account, each),
        }
        for each in others
        if each is not None and each.id != email.id
    ]


def _show_leaving(account: Account, email: Email) -> str | None:
    message = account.messages.get(email.message_id)
    send_at = message.send_at if message else None
    return send_at.isoformat(timespec="milliseconds") if send_at else None
