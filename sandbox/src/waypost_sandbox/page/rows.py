"""The outbox as a person reads it: newest first, searched and filtered, in few words."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Activity, Email, Json, Letter

MOST_ROWS = 1_000
# What a state means to someone who waits for mail.
GROUPS: dict[str, frozenset[str]] = {
    "waiting": frozenset({"queued", "scheduled", "held", "sent", "deferred"}),
    "arrived": frozenset(
        {
            "delivered",
            "forwarded",
            "confirmation",
            "opened",
            "clicked",
            "unsubscribed",
            "spam_complaints",
        }
    ),
    "failed": frozenset({"soft_bounced", "hard_bounced", "suppressed", "rejected"}),
}
# These tell of the email; others (first opens, surveys) only repeat or add to it.
_TELLING = frozenset().union(*GROUPS.values())


def list_rows(account: Account, query: dict[str, str]) -> Json:
    """List emails, newest first: `q` is searched for, `state` is a state or a group of them."""
    limit = _read_limit(query.get("limit"))
    words, wanted = query.get("q", "").lower().split(), query.get("state", "")
    states = GROUPS.get(wanted) or (frozenset({wanted}) if wanted else None)
    found = list(islice(_find(account, words, states), limit + 1))
    # Emails are kept as they came, which seeded ones need not have done in order of time.
    rows = sorted(found[:limit], key=lambda row: str(row["at"]), reverse=True)
    return {"rows": rows, "more": len(found) > limit, "total": len(account.emails)}


def _read_limit(text: str | None) -> int:
    return min(int(text), MOST_ROWS) if text and text.isdecimal() else 100


def _find(account: Account, words: list[str], states: frozenset[str] | None) -> Iterator[Json]:
    # The cheap question first: a search may pass by a hundred thousand emails.
    for thing in _walk(account):
        if words and not _matches(account, thing, words):
            continue
        if isinstance(thing, Letter):
            if states is None or thing.state in states:
                yield show_forwarded(thing)
        elif states is None or state_of(account, thing) in states:
            yield show_row(account, thing)


def _walk(account: Account) -> Iterator[Email | Letter]:
    """Give emails and what inbound routes forwarded, the newest first."""
    if not account.inbound_mails and not account.rows("identities"):
        yield from reversed(account.emails.values())
        return
    emails = ((email.created_at, email) for email in reversed(account.emails.values()))
    letters = (
        (letter.sent_at, letter)
        for letter in reversed(account.letters.values())
        if letter.email_id not in account.emails
    )
    pairs: Iterator[tuple[datetime, Email | Letter]] = heapq.merge(
        emails, letters, key=lambda pair: pair[0], reverse=True
    )
    for _, thing in pairs:
        yield thing


def _matches(account: Account, thing: Email | Letter, words: list[str]) -> bool:
    if isinstance(thing, Letter):
        text, ids = (
            f"{thing.recipient} {thing.envelope_from} {thing.subject}",
            (thing.message_id, thing.email_id),
        )
    else:
        tags = " ".join(thing.tags or ())
        text = f"{recipient_of(account, thing)} {thing.sender} {thing.subject} {tags}"
        ids = (thing.message_id, thing.id)
    text = text.lower()
    # Ids are hexadecimal, in which short words occur by chance: only their beginnings count.
    return all(word in text or any(each.startswith(word) for each in ids) for word in words)


def show_row(account: Account, email: Email) -> Json:
    """Show an email in one line."""
    message = account.messages.get(email.message_id)
    return {
        "email_id": email.id,
        "message_id": email.message_id,
        "recipient": recipient_of(account, email),
        "sender": email.sender,
        "subject": email.subject,
        "state": state_of(account, email),
        "at": write_time(email.created_at),
        "tags": email.tags,
        "attachments": len((message.request.get("attachments") if message else None) or []),
    }


def show_forwarded(letter: Letter) -> Json:
    """Show a letter that no email of the account stands behind: forwarded, or a confirmation."""
    return {
        "email_id": letter.email_id,
        "message_id": letter.message_id,
        "recipient": letter.recipient,
        "sender": letter.envelope_from,
        "subject": letter.subject,
        "state": letter.state,
        "at": write_time(letter.sent_at),
        "tags": None,
        "attachments": len(letter.attachments),
    }


def recipient_of(account: Account, email: Email) -> str:
    """Return the address an email is for."""
    recipient = account.recipients.get(email.recipient_id)
    return recipient.email if recipient else ""


def activities_of(account: Account, email: Email) -> list[Activity]:
    """Return what happened to an email, oldest first."""
    found = (account.activities.get(each) for each in email.activity_ids)
    held = [activity for activity in found if activity is not None]
    # Seeded ones need not come in order; those of one moment stay as they came.
    return sorted(held, key=lambda activity: activity.created_at)


def state_of(account: Account, email: Email) -> str:
    """Name what is the case with an email: what last happened to it, or why it waits."""
    for activity in reversed(activities_of(account, email)):
        if activity.type in _TELLING and activity.type != "queued":
            return activity.type
    if email.status != "queued":
        return email.status
    message = account.messages.get(email.message_id)
    if message is not None and message.is_held:
        return "held"
    if message is not None and message.send_at is not None and message.send_at > account.now():
        return "scheduled"
    return "queued"
