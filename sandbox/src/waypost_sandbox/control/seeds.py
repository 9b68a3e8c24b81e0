"""One function per kind of thing: from its read shape into the world, gaps filled."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from waypost_sandbox import ids
from waypost_sandbox.shapes.domain import DEFAULT_SETTINGS
from waypost_sandbox.templates.state import IMAGE_PATH
from waypost_sandbox.wire.times import parse_moment
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.scopes import FULL_SCOPES
from waypost_sandbox.world.things import (
    Activity,
    Bulk,
    Domain,
    Email,
    Invite,
    Json,
    Message,
    Recipient,
    Suppression,
    Template,
    Token,
    User,
    Webhook,
)

_FLAGS = (
    "is_cname_verified",
    "is_dns_active",
    "is_cname_active",
    "is_tracking_allowed",
    "is_trial_domain",
    "has_not_queued_messages",
)


_RELATIVE = re.compile(r"^now-(\d+)([dhms])$")
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def read_time(account: Account, value: Any) -> datetime:
    """Read a time, absolute or as `now-2d`; no time is now."""
    if value is None or value == "":
        return account.now()
    relative = _RELATIVE.match(value) if isinstance(value, str) else None
    if relative is not None:
        return account.now() - int(relative[1]) * _UNITS[relative[2]]
    moment = parse_moment(value)
    if moment is None:
        raise ValueError(f"{value!r} is not a time")
    return moment


def _id_of(value: Any) -> str | None:
    """Read an id that stands alone or inside an object."""
    found = value.get("id") if isinstance(value, dict) else value
    return str(found) if found else None


def find_domain_id(account: Account, row: Json) -> str:
    """Find which domain a row belongs to; without a word, the first one.

    A domain that comes along whole is planted, and where there is none at all, one is made.
    """
    given = row.get("domain")
    if isinstance(given, dict) and given.get("id"):
        return plant_domain(account, given)
    found = row.get("domain_id") or _id_of(given) or next(iter(account.domains), None)
    if found is None:
        return plant_domain(account, {"name": "example.com"})
    if found not in account.domains:
        raise ValueError(f"no domain has the id {found!r}")
    return str(found)


def plant_domain(account: Account, row: Json) -> str:
    """Return the id of a domain that a row brought along, added when it is not there."""
    if row.get("id") not in account.domains:
        if not row.get("name"):
            raise ValueError(f"no domain has the id {row.get('id')!r}")
        row = {**row, "id": row.get("id") or ids.make_hashid()}
        seed_domain(account, row)
    return str(row["id"])


def seed_domain(account: Account, row: Json) -> None:
    """Add a domain; one that does not say otherwise is verified."""
    is_verified = bool(row.get("is_verified", True))
    domain = Domain(
        id=row.get("id") or ids.make_hashid(),
        name=row["name"],
        settings={**copy.deepcopy(DEFAULT_SETTINGS), **(row.get("domain_settings") or {})},
        created_at=read_time(account, row.get("created_at")),
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
        is_verified=is_verified,
        spf_record=row.get("spf_record") or _read_spf(row.get("dns_records")),
        not_queued_messages_count=int(row.get("not_queued_messages_count") or 0),
        seeded_stats=row.get("domain_stats") or {},
        seeded_totals=row.get("totals") or {},
    )
    for flag in ("dkim", "spf", "mx"):
        setattr(domain, flag, bool(row.get(flag, is_verified)))
    domain.tracking = bool(row.get("tracking", False))
    domain.is_cname_verified = domain.is_dns_active = is_verified
    for flag in _FLAGS:
        if flag in row:
            setattr(domain, flag, bool(row[flag]))
    account.domains[domain.id] = domain


def _read_spf(records: Any) -> str | None:
    """Read the SPF record out of the DNS records in the shape of their read."""
    spf = records.get("spf") if isinstance(records, dict) else None
    return spf.get("value") if isinstance(spf, dict) else None


def seed_template(account: Account, row: Json) -> None:
    """Add a template; `html`, `text`, `subject` and `from` may be given beyond its shape."""
    template_id = row.get("id") or ids.make_hashid()
    account.templates[template_id] = Template(
        id=template_id,
        name=row.get("name") or "Template",
        created_at=read_time(account, row.get("created_at")),
        type=row.get("type") or "gh",
        description=row.get("description"),
        image_path=row.get("image_path") or IMAGE_PATH.format(id=template_id),
        category=row.get("category"),
        categories=row.get("categories") or [],
        variables=row.get("variables") or {},
        domain_id=row.get("domain_id") or _plant_if_whole(account, row.get("domain")),
        html=row.get("html"),
        text=row.get("text"),
        subject=row.get("subject"),
        sender=row.get("from"),
        tags=row.get("tags") or [],
        # What was drawn or typed in the app cannot be changed through the API.
        is_made_by_api=bool(row.get("is_made_by_api", row.get("type") not in ("dd", "rt"))),
        seeded_stats=row.get("template_stats") or {},
    )


def seed_token(account: Account, row: Json) -> None:
    """Add a token; `accessToken` may be given to choose its secret."""
    # From now on the list of tokens is what was seeded; the first key still works, unlisted.
    for held in account.tokens.values():
        held.is_listed = held.is_listed and not held.is_bootstrap
    scopes = list(row.get("scopes") or FULL_SCOPES)
    token_id = row.get("id") or ids.make_token_id()
    account.tokens[token_id] = Token(
        id=token_id,
        secret=row.get("accessToken") or ids.make_token_secret(),
        name=row.get("name") or "Token",
        scopes=scopes,
        created_at=read_time(account, row.get("created_at")),
        domain_id=_plant_if_whole(account, row.get("domain")) or row.get("domain_id"),
        paused=row.get("status") == "pause",
        has_full=set(FULL_SCOPES) <= set(scopes),
    )


def seed_user(account: Account, row: Json) -> None:
    """Add a user."""
    user_id = row.get("id") or ids.make_hashid()
    avatar = f"https://www.gravatar.com/avatar/{ids.hash_email(row['email'])}"
    account.users[user_id] = User(
        id=user_id,
        email=row["email"],
        name=row.get("name"),
        last_name=row.get("last_name"),
        avatar=row.get("avatar") or avatar,
        role=row.get("role") or "Admin",
        created_at=read_time(account, row.get("created_at")),
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
        two_factor=bool(row.get("2fa", False)),
        permissions=list(row.get("permissions") or []),
        domain_ids=[_plant_if_whole(account, each) or "" for each in row.get("domains") or []],
        template_ids=[_plant_template(account, each) for each in row.get("templates") or []],
    )


def _plant_if_whole(account: Account, value: Any) -> str | None:
    """Return a domain's id; a domain that came along as an object is planted."""
    if isinstance(value, dict) and value.get("id") and value.get("name"):
        return plant_domain(account, value)
    return _id_of(value)


def _plant_template(account: Account, value: Any) -> str:
    if isinstance(value, dict) and value.get("id") not in account.templates:
        seed_template(account, value)
    return _id_of(value) or ""


def _ids_of(values: Any) -> list[str]:
    return [found for value in values or [] if (found := _id_of(value)) is not None]


def seed_invite(account: Account, row: Json) -> None:
    """Add an invite."""
    data = row.get("data") or {}
    invite_id = row.get("id") or ids.make_hashid()
    account.invites[invite_id] = Invite(
        id=invite_id,
        email=row["email"],
        role=row.get("role") or "Admin",
        created_at=read_time(account, row.get("created_at")),
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
        permissions=list(row.get("permissions") or []),
        domain_ids=_ids_of(data.get("domains")),
        template_ids=_ids_of(data.get("templates")),
        requires_periodic_password_change=bool(row.get("requires_periodic_password_change")),
    )


def seed_webhook(account: Account, row: Json) -> None:
    """Add a webhook."""
    webhook_id = row.get("id") or ids.make_hashid()
    account.webhooks[webhook_id] = Webhook(
        id=webhook_id,
        url=row["url"],
        name=row.get("name") or "Webhook",
        events=list(row.get("events") or []),
        domain_id=find_domain_id(account, row),
        secret=row.get("secret") or ids.make_secret(),
        created_at=read_time(account, row.get("created_at")),
        updated_at=read_time(account, row.get("updated_at") or row.get("created_at")),
        enabled=row.get("enabled") is not False,
        editable=row.get("editable") is not False,
        version=int(row.get("version") or 2),
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
    return email


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
    domain_id = domain_id or find_domain_id(account, row)
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
        domain_id=row.get("domain_id") or _plant_if_whole(account, row.get("domain")),
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
