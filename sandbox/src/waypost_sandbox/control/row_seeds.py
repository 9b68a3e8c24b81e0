"""Seeds of the kinds that are kept in the shape they are read in: ids, owners and times filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from waypost_sandbox import ids
from waypost_sandbox.blocklists.state import SHAPE as BLOCKLIST_SHAPE
from waypost_sandbox.blocklists.state import kind_of
from waypost_sandbox.control.seeds import find_domain_id, plant_domain, read_time
from waypost_sandbox.dmarc.state import SHAPE as DMARC_SHAPE
from waypost_sandbox.identities.state import SHAPE as IDENTITY_SHAPE
from waypost_sandbox.inbound_routes.state import SHAPE as INBOUND_SHAPE
from waypost_sandbox.inbound_routes.state import make_address
from waypost_sandbox.schedules.state import SHAPE as SCHEDULE_SHAPE
from waypost_sandbox.sms.hooks import INBOUND_SHAPE as SMS_INBOUND_SHAPE
from waypost_sandbox.sms.hooks import WEBHOOK_SHAPE as SMS_WEBHOOK_SHAPE
from waypost_sandbox.sms.numbers import NUMBER_SHAPE, RECIPIENT_SHAPE
from waypost_sandbox.sms.reading import ACTIVITY_SHAPE, MESSAGE_SHAPE
from waypost_sandbox.smtp_users.state import SHAPE as SMTP_USER_SHAPE
from waypost_sandbox.smtp_users.state import make_credentials
from waypost_sandbox.verification.state import LIST_SHAPE, NO_STATISTICS, SINGLE_SHAPE
from waypost_sandbox.wire.times import parse_moment, write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

_A_SECOND = timedelta(seconds=1)
_A_MINUTE = timedelta(seconds=60)
Fill = Callable[[Account, Json], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSeed:
    """How rows of a kind are completed."""

    shape: Json
    has_object_id: bool = False
    needs_domain: bool = False
    needs_number: bool = False
    fill: Fill | None = None


def seed_row(account: Account, kind: str, given: Json) -> Json:
    """Put one row on its shelf: every key of its shape is there afterwards, unknown ones stay."""
    rule = ROW_SEEDS[kind]
    row = {key: _copy(value) for key, value in rule.shape.items()}
    row |= {key: _read_value(account, key, value) for key, value in given.items()}
    for key in ("created_at", "updated_at"):
        if key in rule.shape and not given.get(key):
            row[key] = row.get("created_at") or write_time(account.now())
    if not given.get("id"):
        new = ids.make_object_id(account.now()) if rule.has_object_id else ids.make_hashid()
        row["id"] = given.get("message_id") or new
    if rule.needs_domain:
        row["domain_id"] = find_domain_id(account, given)
    elif isinstance(given.get("domain"), dict) and given["domain"].get("id"):
        row["domain_id"] = plant_domain(account, given["domain"])
    if rule.needs_number:
        row["sms_number_id"] = _find_number(account, given)
    if rule.fill is not None:
        rule.fill(account, row)
    row["id"] = str(row["id"])
    account.rows(kind)[row["id"]] = row
    return row


def _copy(value: Any) -> Any:
    return (
        dict(value)
        if isinstance(value, dict)
        else list(value)
        if isinstance(value, list)
        else value
    )


def _read_value(account: Account, key: str, value: Any) -> Any:
    """Turn relative and Unix times into the wire's; what is written as on the wire stays."""
    is_time = key.endswith("_at") or key in ("verification_started", "verification_ended")
    is_relative = isinstance(value, str) and value.startswith("now")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return (
        write_time(read_time(account, value)) if is_time and (is_relative or is_number) else value
    )


def _find_number(account: Account, row: Json) -> str | None:
    """Return the number a row belongs to; one that came along whole is planted."""
    given = row.get("sms_number")
    if isinstance(given, dict) and given.get("id"):
        if given["id"] not in account.rows("sms_numbers"):
            seed_row(account, "sms_numbers", given)
        return str(given["id"])
    named = row.get("sms_number_id")
    if named is not None and named not in account.rows("sms_numbers"):
        raise ValueError(f"no sms number has the id {named!r}")
    if "sms_number" in row and given is None:
        return None
    return named or next(iter(account.rows("sms_numbers")), None)


def _fill_smtp_user(account: Account, row: Json) -> None:
    made = make_credentials(account.domains[row["domain_id"]])
    row["username"] = row["username"] or made["username"]
    row["password"] = row["password"] or made["password"]


def _fill_inbound(_: Account, row: Json) -> None:
    row["address"] = row["address"] or make_address()
    for forward in row["forwards"]:
        if forward.get("type") == "webhook" and not forward.get("secret"):
            forward["secret"] = ids.make_secret()


def _fill_secret(_: Account, row: Json) -> None:
    row["secret"] = row.get("secret") or ids.make_secret()


def _fill_schedule(account: Account, row: Json) -> None:
    row["message_id"] = row["message_id"] or row["id"]
    row["id"] = row["message_id"]
    moment = parse_moment(row["send_at"])
    # A seed of the past keeps the state that it was given.
    if row["status"] == "scheduled" and moment is not None and moment > account.now():
        account.plan_work(moment, "end_schedule", row["id"])


def _fill_list(account: Account, row: Json) -> None:
    row["statistics"] = {**NO_STATISTICS, **(row["statistics"] or {})}
    if isinstance(row["status"], str):
        row["status"] = {"name": row["status"], "count": 0}
    if row["status"]["name"] == "uploading":
        row.setdefault("emails", [])
        # It stays so until the clock is turned on: seeds are read back as they are.
        account.plan_work(account.now() + _A_SECOND, "upload_list", row["id"])
    if row["status"]["name"] == "verifying":
        account.plan_work(account.now() + _A_MINUTE, "verify_list", row["id"])


def _fill_sms_message(account: Account, row: Json) -> None:
    for sms in row.get("sms") or []:
        held = {**sms, "message_id": row["id"]}
        account.rows("sms")[str(sms.get("id") or ids.make_object_id(account.now()))] = held
    for activity in row.get("sms_activity") or []:
        seed_row(account, "sms_activities", {"sms_message_id": row["id"], **activity})


def _fill_blocklist(_: Account, row: Json) -> None:
    row["type"] = row["type"] or kind_of(str(row["address"]))
    row["name"] = row["name"] or row["address"]


def _fill_report(account: Account, row: Json) -> None:
    """A report by address carries what belongs to its monitor: whether it is a favourite."""
    monitors = account.rows("dmarc_monitors")
    row["monitor_id"] = row.get("monitor_id") or next(iter(monitors), None)
    if row.get("is_favorite") and row["monitor_id"] in monitors:
        favorites = monitors[row["monitor_id"]].setdefault("favorites", [])
        favorites.append(row["ip_address"])


def _make_row_seeds() -> dict[str, RowSeed]:
    whatsapp = RowSeed(shape={}, has_object_id=True)
    return {
        "identities": RowSeed(shape=IDENTITY_SHAPE, needs_domain=True),
        "inbounds": RowSeed(shape=INBOUND_SHAPE, fill=_fill_inbound),
        "message_schedules": RowSeed(shape=SCHEDULE_SHAPE, has_object_id=True, fill=_fill_schedule),
        "email_verifications": RowSeed(shape=LIST_SHAPE, fill=_fill_list),
        "async_verifications": RowSeed(shape=SINGLE_SHAPE),
        "smtp_users": RowSeed(shape=SMTP_USER_SHAPE, needs_domain=True, fill=_fill_smtp_user),
        "sms_numbers": RowSeed(shape=NUMBER_SHAPE),
        "sms_messages": RowSeed(shape=MESSAGE_SHAPE, has_object_id=True, fill=_fill_sms_message),
        "sms_recipients": RowSeed(shape=RECIPIENT_SHAPE, has_object_id=True, needs_number=True),
        "sms_activities": RowSeed(shape=ACTIVITY_SHAPE, has_object_id=True, needs_number=True),
        "sms_webhooks": RowSeed(shape=SMS_WEBHOOK_SHAPE, needs_number=True, fill=_fill_secret),
        "sms_inbounds": RowSeed(shape=SMS_INBOUND_SHAPE, needs_number=True, fill=_fill_secret),
        "dmarc_monitors": RowSeed(shape=DMARC_SHAPE, needs_domain=True),
        "dmarc_reports": RowSeed(shape={}, fill=_fill_report),
        "blocklist_monitors": RowSeed(shape=BLOCKLIST_SHAPE, fill=_fill_blocklist),
        "whatsapp_messages": whatsapp,
        "whatsapp_items": whatsapp,
        "whatsapp_activities": whatsapp,
        "whatsapp_inbound_messages": whatsapp,
        "whatsapp_recipients": whatsapp,
        "whatsapp_templates": RowSeed(shape={}),
    }


ROW_SEEDS = _make_row_seeds()
