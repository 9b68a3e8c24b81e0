"""One function per kind of thing: from its read shape into the world, gaps filled."""

from __future__ import annotations

import copy
import re
from datetime import datetime, timedelta
from typing import Any

from waypost_sandbox import ids
from waypost_sandbox.shapes.domain import DEFAULT_SETTINGS
from waypost_sandbox.templates.state import IMAGE_PATH
from waypost_sandbox.wire.times import parse_moment
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.scopes import FULL_SCOPES
from waypost_sandbox.world.things import (
    Domain,
    Invite,
    Json,
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
    found = row.get("domain_id") or _id_of(given) or _find_by_sender(account, row)
    found = found or next(iter(account.domains), None)
    if found is None:
        return plant_domain(account, {"name": "example.com"})
    if found not in account.domains:
        raise ValueError(f"no domain has the id {found!r}")
    return str(found)


def _find_by_sender(account: Account, row: Json) -> str | None:
    """Return the domain that a row's sender writes from, when it tells of one."""
    sender = row.get("from")
    host = sender.rpartition("@")[2].lower() if isinstance(sender, str) else ""
    for domain in account.domains.values():
        if host and (host == domain.name or host.endswith(f".{domain.name}")):
            return domain.id
    return None


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
        domain_id=row.get("domain_id") or plant_if_whole(account, row.get("domain")),
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
        domain_id=plant_if_whole(account, row.get("domain")) or row.get("domain_id"),
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
        domain_ids=[plant_if_whole(account, each) or "" for each in row.get("domains") or []],
        template_ids=[_plant_template(account, each) for each in row.get("templates") or []],
    )


def plant_if_whole(account: Account, value: Any) -> str | None:
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
    # One that tells no time was not made just now, or it would hold up the next creation.
    row = {"created_at": "now-1m", **{key: held for key, held in row.items() if held is not None}}
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
