"""Reading WhatsApp's six lists; a row is shown as it was seeded or made."""

from __future__ import annotations

from dataclasses import dataclass, field

from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.times import parse_moment
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

_STATES = ("queued", "sent", "delivered", "read", "failed")
_INBOUND_TYPES = (
    "text",
    "image",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "order",
    "reaction",
    "system",
    "unknown",
    "unsupported",
)
_TEMPLATE_STATES = (
    "draft",
    "pending",
    "approved",
    "rejected",
    "archived",
    "deleted",
    "disabled",
    "flagged",
    "in_appeal",
    "limit_exceeded",
    "locked",
    "paused",
    "reinstated",
    "pending_deletion",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list may be filtered by."""

    kind: str
    path: str
    parameter: str | None = None
    texts: tuple[str, ...] = ()
    # One of the known values, or several of them.
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    has_dates: bool = True


_COMMON = ("whatsapp_account_id", "from", "template_id")
LISTINGS = (
    Listing(
        kind="whatsapp_messages",
        path="messages",
        parameter="whatsapp_message_id",
        texts=_COMMON,
    ),
    Listing(
        kind="whatsapp_items",
        path="items",
        parameter="whatsapp_item_id",
        texts=("recipient", "whatsapp_message_id", *_COMMON),
        lists={"status": _STATES},
    ),
    Listing(
        kind="whatsapp_activities",
        path="activities",
        texts=("whatsapp_item_id", "whatsapp_message_id", "recipient"),
        lists={"type": _STATES},
    ),
    Listing(
        kind="whatsapp_inbound_messages",
        path="inbound-messages",
        parameter="whatsapp_inbound_message_id",
        texts=("whatsapp_account_id", "from"),
        lists={"type": _INBOUND_TYPES},
    ),
    Listing(
        kind="whatsapp_recipients",
        path="recipients",
        parameter="whatsapp_recipient_id",
        texts=("phone_number",),
        choices={"status": ("active", "invalid", "suppressed", "blocked")},
        has_dates=False,
    ),
    Listing(
        kind="whatsapp_templates",
        path="templates",
        parameter="whatsapp_template_id",
        texts=("whatsapp_account_id", "language"),
        choices={
            "status": _TEMPLATE_STATES,
            "category": ("UTILITY", "AUTHENTICATION", "MARKETING"),
        },
        has_dates=False,
    ),
)


def list_rows(account: Account, listing: Listing, query: Json) -> list[Json]:
    """List a kind's rows by its filters, newest first."""
    check = Check(query)
    wanted: dict[str, list[object]] = {}
    for name in listing.texts:
        given = check.field(name).string()
        if given.value is not None:
            wanted[name] = [given.value]
    for name, allowed in listing.choices.items():
        given = check.field(name).one_of(allowed)
        if given.value is not None:
            wanted[name] = [given.value]
    for name, allowed in listing.lists.items():
        given = check.field(name).array().each_of(allowed)
        if isinstance(given.value, list):
            wanted[name] = given.value
    bounds = [_read_moment(check, name) for name in ("date_from", "date_to")]
    check.refuse_if_wrong()
    rows = [
        row
        for row in account.rows(listing.kind).values()
        if all(row.get(name) in values for name, values in wanted.items())
        and (not listing.has_dates or _is_between(row, bounds[0], bounds[1]))
    ]
    rows.reverse()
    return sorted(rows, key=lambda row: str(row.get("created_at") or ""), reverse=True)


def _read_moment(check: Check, name: str) -> float | None:
    given = check.field(name)
    if given.value is None:
        return None
    moment = parse_moment(given.value)
    if moment is None:
        given.fail(f"The {name.replace('_', ' ')} is not a valid date.")
        return None
    return moment.timestamp()


def _is_between(row: Json, start: float | None, end: float | None) -> bool:
    """Say whether a row falls between two times, both exclusive."""
    moment = parse_moment(row.get("created_at"))
    if moment is None:
        return True
    seconds = int(moment.timestamp())
    return (start is None or seconds > start) and (end is None or seconds < end)
