"""What happens to a message over time, and the activities that tell of it."""

from __future__ import annotations

import re
from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.letters import write_letter
from waypost_sandbox.suppressions.state import add_entry
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Activity, Domain, Email, Json, Message

# Real timings: sent within a second, delivered 2 to 20 seconds later.
SEND_TAKES = timedelta(milliseconds=200)
LANDING_TAKES = timedelta(seconds=2)
REACTION_TAKES = timedelta(seconds=60)
DEFERRAL_TAKES = timedelta(minutes=5)
HOLD_LASTS = timedelta(hours=72)
SOFT_BOUNCES_KEPT = timedelta(days=30)
SOFT_BOUNCES_TO_HOLD = 5

HARD_REASON = "The recipient's mail server says that this mailbox does not exist."
SOFT_REASON = "The recipient's mail server says that this mailbox is full."

# The sandbox's own convention, by the start of the address; MailerSend has none.
PATTERNS: dict[str, tuple[str, ...]] = {
    "bounce+hard": ("hard_bounced",),
    "bounce+soft": ("soft_bounced",),
    "defer": ("deferred", "delivered"),
    "complain": ("delivered", "spam_complaints"),
    "unsubscribe": ("delivered", "unsubscribed"),
    "open": ("delivered", "opened"),
    "click": ("delivered", "opened", "clicked"),
}
_PATTERN = re.compile(
    r"^(?P<name>bounce\+hard|bounce\+soft|defer|complain|unsubscribe|open|click)(\+[^@]*)?@"
)
_STATUS_AFTER = {
    "sent": "sent",
    "delivered": "delivered",
    "hard_bounced": "rejected",
    "soft_bounced": "rejected",
    "suppressed": "rejected",
}
_INTERACTION_AFTER = {
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "spam_complaints": "complained",
}
EVENT_TYPES = (
    "queued",
    "sent",
    "delivered",
    "soft_bounced",
    "hard_bounced",
    "deferred",
    "opened",
    "clicked",
    "unsubscribed",
    "spam_complaints",
    "survey_opened",
    "survey_submitted",
    "suppressed",
)
_OPEN_META: Json = {
    "ip": "192.0.2.10",
    "country": "US",
    "user_agent": "Sandbox Mail 1.0",
    "device_type": "desktop",
    "browser": "Sandbox Mail",
}
DEFAULT_META: dict[str, Json] = {
    "opened": _OPEN_META,
    "clicked": {**_OPEN_META, "url": "https://example.com/"},
    "hard_bounced": {
        "bounce_reason": HARD_REASON,
        "bounce_code": 550,
        "bounce_type": "hard",
    },
    "soft_bounced": {
        "bounce_reason": SOFT_REASON,
        "bounce_code": 452,
        "bounce_type": "soft",
    },
    "unsubscribed": {"unsubscribe_reason": "NO_LONGER_WANT"},
}


def outcomes_for(address: str) -> tuple[str, ...]:
    """Return what will become of mail to the address once it was sent."""
    match = _PATTERN.match(address.lower())
    return PATTERNS[match["name"]] if match else ("delivered",)


def plan_sending(account: Account, message: Message) -> None:
    """Plan when an accepted message leaves."""
    start = message.send_at or account.now()
    account.plan_work(max(start, account.now()) + SEND_TAKES, "send_message", message.id)


def hold_message(domain: Domain, message: Message) -> None:
    """Keep an accepted message unsent while its domain is paused."""
    message.is_held = True
    domain.has_not_queued_messages = True
    domain.not_queued_messages_count += 1


def release_held(account: Account, domain: Domain) -> None:
    """Let the messages go that were held while the domain was paused."""
    domain.has_not_queued_messages = False
    domain.not_queued_messages_count = 0
    for message in account.messages.values():
        if message.is_held and message.domain_id == domain.id:
            message.is_held = False
            plan_sending(account, message)


def send_message(account: Account, message_id: str) -> None:
    """Hand every copy to the receiving servers."""
    message = account.messages.get(message_id)
    if message is None:
        return
    domain = account.domains.get(message.domain_id)
    if domain is not None and domain.settings["send_paused"]:
        hold_message(domain, message)
        return
    template_id = message.request.get("template_id")
    # A scheduled message whose template was deleted is not sent.
    if message.send_at is not None and template_id and template_id not in account.templates:
        return
    for email_id in message.email_ids:
        email = account.emails.get(email_id)
        if email is not None and email.status == "queued":
            note_event(account, email, "sent")
            account.letters.append(write_letter(account, message, email))
            account.plan_work(account.now() + LANDING_TAKES, "land_email", email.id)


def land_email(account: Account, email_id: str) -> None:
    """Let the receiving server decide, by the address."""
    email = account.emails.get(email_id)
    recipient = account.recipients.get(email.recipient_id) if email else None
    if email is None or recipient is None:
        return
    first, *later = outcomes_for(recipient.email)
    note_event(account, email, first)
    wait = DEFERRAL_TAKES if first == "deferred" else REACTION_TAKES
    for place, event in enumerate(later, start=1):
        account.plan_work(account.now() + wait * place, f"event:{event}", email.id)


def happen_to_email(account: Account, email_id: str, event: str) -> None:
    """Let a planned event happen to an email that is still there."""
    email = account.emails.get(email_id)
    if email is not None:
        note_event(account, email, event)


def note_event(
    account: Account, email: Email, event: str, meta: Json | None = None
) -> list[Activity]:
    """Write an event down, and do what follows from it: status, interactions, lists."""
    noted = [_add_activity(account, email, event, meta)]
    if event in ("opened", "clicked") and event not in email.interactions:
        noted.append(_add_activity(account, email, f"{event}_unique", meta))
    interaction = _INTERACTION_AFTER.get(event)
    if interaction and interaction not in email.interactions:
        email.interactions.append(interaction)
    email.status = _STATUS_AFTER.get(event, email.status)
    email.updated_at = account.now()
    _follow_up(account, email, event)
    return noted


def _add_activity(account: Account, email: Email, event: str, meta: Json | None) -> Activity:
    now = account.now()
    given = meta if meta is not None else DEFAULT_META.get(event.removesuffix("_unique"), {})
    activity = Activity(
        id=ids.make_object_id(now),
        type=event,
        email_id=email.id,
        domain_id=email.domain_id,
        created_at=now,
        updated_at=now,
        suppression_reason=email.suppression_reason if event == "suppressed" else None,
        meta=dict(given),
    )
    account.activities[activity.id] = activity
    return activity


def _follow_up(account: Account, email: Email, event: str) -> None:
    """Put the address on the list that the event leads to."""
    recipient = account.recipients.get(email.recipient_id)
    if recipient is None:
        return
    if event == "hard_bounced":
        add_entry(account, "hard_bounces", recipient, reason=HARD_REASON)
    elif event == "spam_complaints":
        add_entry(account, "spam_complaints", recipient)
    elif event == "unsubscribed":
        # The codes are known from webhooks; list rows with a reason were never seen.
        add_entry(account, "unsubscribes", recipient, reason="NO_LONGER_WANT")
    elif event == "soft_bounced" and _count_soft_bounces(account, email) >= SOFT_BOUNCES_TO_HOLD:
        entry = add_entry(account, "on_hold", recipient)
        account.plan_work(account.now() + HOLD_LASTS, "release_hold", entry.id)


def _count_soft_bounces(account: Account, email: Email) -> int:
    since = account.now() - SOFT_BOUNCES_KEPT
    return sum(
        activity.type == "soft_bounced"
        and activity.created_at >= since
        and _is_to(account, activity, email.recipient_id)
        for activity in account.activities.values()
    )


def _is_to(account: Account, activity: Activity, recipient_id: str) -> bool:
    other = account.emails.get(activity.email_id)
    return other is not None and other.recipient_id == recipient_id


def release_hold(account: Account, entry_id: str) -> None:
    """Take an address off the on-hold list."""
    account.suppressions.pop(entry_id, None)
