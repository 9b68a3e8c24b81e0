"""Writing an event down, and what follows from it: status, interactions, lists, webhooks."""

from __future__ import annotations

from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.suppressions.state import add_entry
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Activity, Email, Json, Recipient

HOLD_LASTS = timedelta(hours=72)
SOFT_BOUNCES_KEPT = timedelta(days=30)
SOFT_BOUNCES_TO_HOLD = 5

HARD_REASON = "The recipient's mail server says that this mailbox does not exist."
SOFT_REASON = "The recipient's mail server says that this mailbox is full."
# The webhook's name for a complaint is singular, the activity's plural.
WEBHOOK_NAMES = {"spam_complaints": "spam_complaint"}
_NOT_TOLD = ("queued",)
_PAID = ("Starter", "Professional", "Enterprise")
_PAID_EVENTS = ("deferred", "suppressed")

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


def note_event(
    account: Account, email: Email, event: str, meta: Json | None = None
) -> list[Activity]:
    """Write an event down, and do what follows from it: status, interactions, lists."""
    # Webhooks show the status that the event leads to.
    email.status = _STATUS_AFTER.get(event, email.status)
    email.updated_at = account.now()
    noted = [_add_activity(account, email, event, meta)]
    if event in ("opened", "clicked") and event not in email.interactions:
        noted.append(_add_activity(account, email, f"{event}_unique", meta))
    interaction = _INTERACTION_AFTER.get(event)
    if interaction and interaction not in email.interactions:
        email.interactions.append(interaction)
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
    email.activity_ids.append(activity.id)
    if account.webhooks and event not in _NOT_TOLD:
        _announce(account, email, activity)
    return activity


def _announce(account: Account, email: Email, activity: Activity) -> None:
    if activity.type in _PAID_EVENTS and not account.has_feature(
        f"activity_{activity.type}", _PAID
    ):
        return
    recipient = account.recipients.get(email.recipient_id)
    meta = dict(activity.meta)
    if activity.suppression_reason:
        meta["suppression_reason"] = activity.suppression_reason
    data: Json = {
        "id": activity.id,
        "domain_id": activity.domain_id,
        "message_id": email.message_id,
        "email_id": email.id,
        "type": activity.type,
        "subject": email.subject,
        "recipient": recipient.email if recipient else "",
        "tags": email.tags,
        # PHP writes an empty array for an empty map.
        "meta": meta or [],
    }
    name = WEBHOOK_NAMES.get(activity.type, activity.type)
    account.announce(f"activity.{name}", data, domain_id=activity.domain_id)


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
        _announce_hold(account, recipient, "recipient.on_hold_added")


def _announce_hold(account: Account, recipient: Recipient, event: str) -> None:
    # Beyond the address the payload is a GUESS.
    data = {
        "id": recipient.id,
        "email": recipient.email,
        "domain_id": recipient.domain_id,
        "created_at": write_time(account.now()),
    }
    account.announce(event, data, domain_id=recipient.domain_id)


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
    entry = account.suppressions.pop(entry_id, None)
    recipient = account.recipients.get(entry.recipient_id or "") if entry else None
    if recipient is not None:
        _announce_hold(account, recipient, "recipient.on_hold_removed")
