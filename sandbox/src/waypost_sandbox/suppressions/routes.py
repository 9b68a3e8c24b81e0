"""The HTTP shape of the five suppression lists."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.shapes.domain import show_small
from waypost_sandbox.suppressions.state import (
    add_to_blocklist,
    add_to_list,
    list_entries,
    remove_from_list,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_json
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_simple
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Suppression

_READ = ("suppressions_read", "suppressions_full")
_FULL = ("suppressions_full",)
# Real answers hold 10 rows when no limit is given, whatever the documentation says.
_PAGING = Paging(per_page=10)


def show_entry(account: Account, entry: Suppression) -> Json:
    """Show a row in the shape of its list; the on-hold shape is a GUESS."""
    if entry.kind == "blocklist":
        return {
            **_show_blocked(entry),
            "domain": show_small(account.domains.get(entry.domain_id or "")),
            "created_at": write_time(entry.created_at),
            "updated_at": write_time(entry.updated_at),
        }
    created = write_time(entry.created_at)
    recipient = _show_recipient(account, entry)
    if entry.kind == "hard_bounces":
        return {
            "id": entry.id,
            "reason": entry.reason,
            "created_at": created,
            "recipient": recipient,
        }
    if entry.kind == "unsubscribes":
        return {
            "id": entry.id,
            "reason": entry.reason,
            "readable_reason": entry.readable_reason,
            "recipient": recipient,
            "created_at": created,
        }
    return {"id": entry.id, "created_at": created, "recipient": recipient}


def _show_blocked(entry: Suppression) -> Json:
    return {"id": entry.id, "type": entry.type, "pattern": entry.pattern}


def _show_recipient(account: Account, entry: Suppression) -> Json | None:
    recipient = account.recipients.get(entry.recipient_id or "")
    if recipient is None:
        return None
    return {
        "id": recipient.id,
        "email": recipient.email,
        "created_at": write_time(recipient.created_at),
        "updated_at": write_time(recipient.updated_at),
        "deleted_at": "",
        "domain": show_small(account.domains.get(recipient.domain_id)),
    }


def list_kind(call: Call, kind: str) -> Answer:
    """List one kind, newest first."""
    rows = list_entries(call.account, kind, call.read_query().get("domain_id") or None)
    return answer_simple(call, rows, partial(show_entry, call.account), _PAGING)


def add_kind(call: Call, kind: str) -> Answer:
    """Add addresses to one kind's list."""
    entries = add_to_list(call.account, kind, call.read_object())
    return answer_data([show_entry(call.account, entry) for entry in entries], 201)


def add_blocked(call: Call) -> Answer:
    """Block addresses; this answer leaves the domain out."""
    entries = add_to_blocklist(call.account, call.read_object())
    rows = [show_entry(call.account, entry) for entry in entries]
    for row in rows:
        del row["domain"]
    return answer_data(rows, 201)


def remove_kind(call: Call, kind: str) -> Answer:
    """Take entries off one kind's list; the answer is a 200 with an empty list."""
    remove_from_list(call.account, kind, call.read_object())
    return answer_json([])


def _routes(name: str, kind: str) -> list[Route]:
    path = f"/suppressions/{name}"
    routes = [
        Route(
            method="GET",
            path=path,
            act=partial(list_kind, kind=kind),
            scopes=_READ,
        ),
        Route(
            method="DELETE",
            path=path,
            act=partial(remove_kind, kind=kind),
            scopes=_FULL,
        ),
    ]
    # Nothing can be put on hold by hand.
    if kind != "on_hold":
        act = add_blocked if kind == "blocklist" else partial(add_kind, kind=kind)
        routes.append(Route(method="POST", path=path, act=act, scopes=_FULL))
    return routes


ROUTES = (
    *_routes("blocklist", "blocklist"),
    *_routes("hard-bounces", "hard_bounces"),
    *_routes("spam-complaints", "spam_complaints"),
    *_routes("unsubscribes", "unsubscribes"),
    *_routes("on-hold-list", "on_hold"),
)
