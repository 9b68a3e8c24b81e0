"""What happens to a message over time: it leaves, lands, and is reacted to."""

from __future__ import annotations

import re
from datetime import timedelta

from waypost_sandbox.activity.noting import note_event
from waypost_sandbox.letters import write_letter
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Domain, Message

# Real timings: sent within a second, delivered 2 to 20 seconds later.
SEND_TAKES = timedelta(milliseconds=200)
LANDING_TAKES = timedelta(seconds=2)
REACTION_TAKES = timedelta(seconds=60)
DEFERRAL_TAKES = timedelta(minutes=5)

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
            if email.recipient_id not in account.recipients:
                # Deleted while it waited: the address is blocked since then.
                email.suppression_reason = "blocklisted"
                note_event(account, email, "suppressed")
                continue
            note_event(account, email, "sent")
            account.letters[email.id] = write_letter(account, message, email)
            if account.settings.forward_smtp:
                account.letters_to_forward.append(email.id)
            account.plan_work(account.now() + LANDING_TAKES, "land_email", email.id)


def land_email(account: Account, email_id: str) -> None:
    """Let the receiving server decide, by the address."""
    email = account.emails.get(email_id)
    recipient = account.recipients.get(email.recipient_id) if email else None
    # Something else may have been made to happen to it before it landed.
    if email is None or recipient is None or email.status != "sent":
        return
    first, *later = outcomes_for(recipient.email)
    note_event(account, email, first)
    if first == "delivered" and account.rows("inbounds"):
        account.plan_work(account.now(), "arrive_inbound", email.id)
    wait = DEFERRAL_TAKES if first == "deferred" else REACTION_TAKES
    for place, event in enumerate(later, start=1):
        account.plan_work(account.now() + wait * place, f"event:{event}", email.id)


def happen_to_email(account: Account, email_id: str, event: str) -> None:
    """Let a planned event happen to an email that is still there."""
    email = account.emails.get(email_id)
    if email is None or (event == "delivered" and email.status != "sent"):
        return
    note_event(account, email, event)
