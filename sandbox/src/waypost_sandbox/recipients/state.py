"""The rules of recipients."""

from __future__ import annotations

from waypost_sandbox.shapes.domain import show_small
from waypost_sandbox.suppressions.state import block
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Email, Json, Recipient


def list_recipients(account: Account, domain_id: str | None) -> list[Recipient]:
    """List recipients by address, of one domain or all."""
    rows = [
        recipient
        for recipient in account.recipients.values()
        if domain_id is None or recipient.domain_id == domain_id
    ]
    return sorted(rows, key=lambda recipient: (recipient.email, recipient.id))


def delete_recipient(account: Account, recipient: Recipient) -> None:
    """Delete a recipient; the address lands on its domain's blocklist."""
    del account.recipients[recipient.id]
    account.recipient_ids.pop((recipient.domain_id, recipient.email.lower()), None)
    for entry in [e for e in account.suppressions.values() if e.recipient_id == recipient.id]:
        del account.suppressions[entry.id]
    block(account, recipient.email, recipient.domain_id)


def show_recipient_row(recipient: Recipient) -> Json:
    """Show a recipient in a list; a living one's `deleted_at` is an empty string."""
    return {
        "id": recipient.id,
        "email": recipient.email,
        "created_at": write_time(recipient.created_at),
        "updated_at": write_time(recipient.updated_at),
        "deleted_at": "",
    }


def show_recipient(account: Account, recipient: Recipient) -> Json:
    """Show one recipient with its emails."""
    emails = [e for e in account.emails.values() if e.recipient_id == recipient.id]
    return {
        **show_recipient_row(recipient),
        "emails": [_show_email(email) for email in emails],
        "domain": show_small(account.domains.get(recipient.domain_id)),
    }


def _show_email(email: Email) -> Json:
    return {
        "id": email.id,
        "from": email.sender,
        "subject": email.subject,
        "text": email.text if email.shows_content else None,
        "html": email.html if email.shows_content else None,
        "status": email.status,
        "tags": email.tags,
        "created_at": write_time(email.created_at),
        "updated_at": write_time(email.updated_at),
    }
