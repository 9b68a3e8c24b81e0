"""Letting the oldest messages go, so that memory stays flat over very many."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import islice

from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Email, Message

# A little more than is kept may gather before a sweep.
_SLACK = 50
_AT_ONCE = 1_000
_TOTALS = ("delivered", "hard_bounced", "soft_bounced")


def sweep(account: Account) -> int:
    """Let go of messages beyond the number or the days to keep; return how many went.

    What is still to happen stays. Domains keep counting what went in their totals.
    """
    surplus = _find_surplus(account)
    if not surplus:
        return 0
    # An address on a list stays known, whatever became of its mail.
    listed = {entry.recipient_id for entry in account.suppressions.values()}
    for message in surplus:
        _drop(account, message, listed)
    for key in [key for key, bulk in account.bulks.items() if bulk.state == "completed"]:
        if not any(each in account.messages for each in account.bulks[key].message_ids):
            del account.bulks[key]
    return len(surplus)


def _find_surplus(account: Account) -> list[Message]:
    most, days = account.settings.keep_messages, account.settings.retention_days
    beyond = len(account.messages) - most if most else 0
    found: list[Message] = []
    if most and beyond >= min(_SLACK, most):
        oldest = islice(account.messages.values(), min(beyond, _AT_ONCE))
        found = [message for message in oldest if _is_over(account, message)]
    if not found and days:
        limit = account.now() - timedelta(days=days)
        for message in account.messages.values():
            if message.created_at >= limit:
                break
            if _is_over(account, message):
                found.append(message)
    return found


def _is_over(account: Account, message: Message) -> bool:
    """Say whether nothing more will happen to a message by itself."""
    if message.is_held:
        return False
    emails = (account.emails.get(email_id) for email_id in message.email_ids)
    return all(email is None or email.status in ("delivered", "rejected") for email in emails)


def _drop(account: Account, message: Message, listed: set[str | None]) -> None:
    del account.messages[message.id]
    for email_id in message.email_ids:
        email = account.emails.pop(email_id, None)
        account.letters.pop(email_id, None)
        if email is not None:
            _count(account, email)
            for activity_id in email.activity_ids:
                account.activities.pop(activity_id, None)
            _drop_recipient(account, email, listed)


def _count(account: Account, email: Email) -> None:
    """Add an email that goes to what its domain was seeded with."""
    domain = account.domains.get(email.domain_id)
    if domain is None:
        return
    stats, totals = Counter(domain.seeded_stats), Counter(domain.seeded_totals)
    stats[email.status] += 1
    stats["total"] += 1
    held = (account.activities.get(key) for key in email.activity_ids)
    totals.update(each.type for each in held if each is not None and each.type in _TOTALS)
    domain.seeded_stats, domain.seeded_totals = dict(stats), dict(totals)


def _drop_recipient(account: Account, email: Email, listed: set[str | None]) -> None:
    recipient = account.recipients.get(email.recipient_id)
    if recipient is None:
        return
    recipient.email_count -= 1
    if recipient.email_count == 0 and recipient.id not in listed:
        del account.recipients[recipient.id]
        account.recipient_ids.pop((recipient.domain_id, recipient.email.lower()), None)
