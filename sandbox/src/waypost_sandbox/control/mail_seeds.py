"""Seeds of mail: recipients, messages, emails, activities, bulks and the lists of addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from waypost_sandbox import ids
from waypost_sandbox.control.seeds import find_domain_id, plant_if_whole, read_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import (
    Activity,
    Bulk,
    Email,
    Json,
    Message,
    Recipient,
    Suppression,
)


def seed_recipient(account: Account, row: Json) -> None:
    """Add a recipient, with the emails of its single read."""
    domain_id = find_domain_id(account, row)
    recipient = _plant_recipient(account, row, domain_id)
    person = {"id": recipient.id, "email": recipient.email}
    for email in row.get("emails") or []:
        seed_email(
            account,
            {**email, "domain_id": domain_id, "recipient": person},
            has_message=False,
        )


def _plant_recipient(account: Account, row: Json, domain_id: str) -> Recipient:
    """Return the recipient a row names; one with an id of its own is always kept."""
    named, found = row.get("id"), account.find_recipient(domain_id, row["email"])
    if named in account.recipients:
        return account.recipients[named]
    if found is not None and not named:
        return found
    created = read_time(account, row.get("created_at"))
    made = Recipient(
        id=named or ids.make_object_id(created),
        email=row["email"],
        domain_id=domain_id,
        created_at=created,
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
    )
    if found is None:
        return account.add_recipient(made)
    account.recipients[made.id] = made
    return made


def seed_message(account: Account, row: Json) -> None:
    """Add a message with its emails; nothing more happens to it by itself."""
    domain_id = find_domain_id(account, row)
    created = read_time(account, row.get("created_at"))
    message = _plant_message(account, row.get("id"), domain_id, created)
    message.updated_at = read_time(account, row.get("updated_at") or row.get("created_at"))
    for email in row.get("emails") or []:
        held = {"message_id": message.id, "domain_id": domain_id, **email}
        seed_email(account, held, has_recipient=False)


def _plant_message(
    account: Account, message_id: str | None, domain_id: str, created: datetime
) -> Message:
    if message_id in account.messages:
        return account.messages[message_id]
    message = Message(
        id=message_id or ids.make_object_id(created),
        domain_id=domain_id,
        created_at=created,
        updated_at=created,
    )
    account.messages[message.id] = message
    return message


def seed_email(
    account: Account, row: Json, *, has_message: bool = True, has_recipient: bool = True
) -> Email:
    """Add an email; its message and recipient are made when they are not there."""
    if row.get("id") in account.emails:
        return _complete_email(account, account.emails[row["id"]], row)
    domain_id = find_domain_id(account, row)
    created = read_time(account, row.get("created_at"))
    has_message = has_message or bool(row.get("message_id"))
    message = (
        _plant_message(account, row.get("message_id"), domain_id, created) if has_message else None
    )
    name = account.domains[domain_id].name
    email = Email(
        id=row.get("id") or ids.make_object_id(created),
        message_id=message.id if message else "",
        domain_id=domain_id,
        recipient_id=_plant_email_recipient(account, row, domain_id, has_recipient),
        sender=row.get("from") or f"hello@{name}",
        subject=row.get("subject") or "",
        created_at=created,
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
        status=row.get("status") or "delivered",
        text=row.get("text"),
        html=row.get("html"),
        template_id=row.get("template_id") or "",
        tags=row.get("tags"),
        headers=row.get("headers"),
        interactions=list(row.get("interaction") or []),
        suppression_reason=row.get("suppression_reason"),
        shows_content=True,
        is_seeded=True,
    )
    account.emails[email.id] = email
    if message is not None:
        message.email_ids.append(email.id)
    for activity in row.get("activity") or []:
        _plant_activity(account, email, activity)
    return email


def _plant_activity(account: Account, email: Email, row: Json) -> None:
    """Add what happened to an email, as its single read tells it."""
    created = read_time(account, row.get("created_at"))
    activity_id = row.get("id") or ids.make_object_id(created)
    if activity_id not in account.activities:
        account.activities[activity_id] = Activity(
            id=activity_id,
            type=row["type"],
            email_id=email.id,
            domain_id=email.domain_id,
            created_at=created,
            updated_at=created,
            suppression_reason=row.get("suppression_reason"),
        )


def _complete_email(account: Account, email: Email, row: Json) -> Email:
    """Add to an email that is there already what another place tells of it."""
    email.tags = row.get("tags") or email.tags
    email.subject = row.get("subject") or email.subject
    email.sender = row.get("from") or email.sender
    if not email.recipient_id and (row.get("recipient") or row.get("to")):
        email.recipient_id = _plant_email_recipient(account, row, email.domain_id, True)
    if not email.message_id and row.get("message_id"):
        message = _plant_message(account, row["message_id"], email.domain_id, email.created_at)
        email.message_id = message.id
        message.email_ids.append(email.id)
    return email


def _plant_email_recipient(account: Account, row: Json, domain_id: str, has_recipient: bool) -> str:
    person = row.get("recipient") or ({"email": row["to"]} if row.get("to") else None)
    if person is None:
        if not has_recipient:
            return ""
        person = {"email": "someone@example.test"}
    person = {"created_at": row.get("created_at"), **person}
    return _plant_recipient(account, person, domain_id).id


def seed_activity(account: Account, row: Json) -> None:
    """Add an activity; its email is made when it is not there."""
    domain_id = row.get("domain_id")
    given = row.get("email") or {}
    if row.get("email_id"):
        given = {"id": row["email_id"], **given}
    if domain_id is None and given.get("id") in account.emails:
        domain_id = account.emails[given["id"]].domain_id
    domain_id = domain_id or find_domain_id(account, {"from": given.get("from"), **row})
    if domain_id not in account.domains:
        raise ValueError(f"no domain has the id {domain_id!r}")
    created = read_time(account, row.get("created_at"))
    held = {"created_at": row.get("created_at"), **given, "domain_id": domain_id}
    email = seed_email(account, held, has_message=False)
    activity_id = row.get("id") or ids.make_object_id(created)
    if activity_id not in email.activity_ids:
        email.activity_ids.append(activity_id)
    account.activities[activity_id] = Activity(
        id=activity_id,
        type=row["type"],
        email_id=email.id,
        domain_id=domain_id,
        created_at=created,
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
        suppression_reason=row.get("suppression_reason"),
        meta=row.get("meta") or {},
    )


def seed_blocked(account: Account, row: Json) -> None:
    """Add a blocklist entry; without a domain it stands for the whole account."""
    created = read_time(account, row.get("created_at"))
    entry = Suppression(
        id=row.get("id") or ids.make_object_id(created),
        kind="blocklist",
        type=row.get("type") or "exact",
        pattern=row["pattern"],
        created_at=created,
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
        domain_id=row.get("domain_id") or plant_if_whole(account, row.get("domain")),
    )
    account.suppressions[entry.id] = entry


def make_suppression_seeder(kind: str) -> Callable[[Account, Json], None]:
    """Make the function that adds a recipient to one of the lists."""

    def seed_suppression(account: Account, row: Json) -> None:
        person = row.get("recipient") or {"email": row["email"]}
        holder = {"domain": row.get("domain"), "domain_id": row.get("domain_id"), **person}
        domain_id = find_domain_id(account, holder)
        recipient = _plant_recipient(account, person, domain_id)
        created = read_time(account, row.get("created_at"))
        entry = Suppression(
            id=row.get("id") or ids.make_object_id(created),
            kind=kind,
            pattern=recipient.email,
            created_at=created,
            updated_at=created,
            domain_id=domain_id,
            recipient_id=recipient.id,
            reason=row.get("reason"),
            readable_reason=row.get("readable_reason"),
        )
        account.suppressions[entry.id] = entry

    return seed_suppression


def seed_bulk(account: Account, row: Json) -> None:
    """Add a bulk send in the shape of its read."""
    created = read_time(account, row.get("created_at"))
    bulk = Bulk(
        id=row.get("id") or ids.make_object_id(created),
        created_at=created,
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
        items=[],
        state=row.get("state") or "completed",
        total_recipients=int(row.get("total_recipients_count") or 0),
        suppressed=row.get("suppressed_recipients") or {},
        errors=row.get("validation_errors") or {},
        message_ids=list(row.get("messages_id") or []),
    )
    account.bulks[bulk.id] = bulk
