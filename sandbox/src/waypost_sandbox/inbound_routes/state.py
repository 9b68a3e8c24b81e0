"""The rules of inbound routes: what a checked body becomes, and its shape."""

from __future__ import annotations

from waypost_sandbox import ids
from waypost_sandbox.inbound_routes.checking import check_route
from waypost_sandbox.shapes.rows import check_domain, show_row
from waypost_sandbox.wire.check import Check, read_truth
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

KIND = "inbounds"
_EVERYTHING: Json = {"type": "match_all", "key": None, "comparer": None, "value": None}
SHAPE: Json = {
    "id": None,
    "name": None,
    "address": None,
    "domain": None,
    "dns_checked_at": None,
    "enabled": True,
    "filters": [_EVERYTHING],
    "forwards": [],
    "priority": 0,
    "mxValues": {"priority": "10", "target": "inbound.mailersend.net"},
    "catch_type": "all",
    "match_type": "all",
}


def list_inbounds(account: Account, query: Json) -> list[Json]:
    """List routes, of one domain or all."""
    check = Check(query)
    check.field("domain_id").string()
    check.refuse_if_wrong()
    wanted = query.get("domain_id") or None
    return [
        row
        for row in account.rows(KIND).values()
        # The read shape names no domain: a seeded row without one is everyone's.
        if wanted is None or row.get("domain_id") in (None, wanted)
    ]


def create_inbound(account: Account, body: Json) -> Json:
    """Add a route with an address of its own."""
    check = Check(body)
    check_domain(account, check)
    check_route(check)
    check.refuse_if_wrong()
    row: Json = {
        **SHAPE,
        "id": ids.make_hashid(),
        "address": make_address(),
        "domain_id": body["domain_id"],
    }
    _apply(row, body)
    account.rows(KIND)[row["id"]] = row
    return row


def make_address() -> str:
    """Make the address that a route is reached at."""
    return f"{ids.make_inbound_name()}@inbound.mailersend.net"


def update_inbound(row: Json, body: Json) -> None:
    """Replace what a route catches, matches and forwards to."""
    check = Check(body)
    check_route(check)
    check.refuse_if_wrong()
    _apply(row, body)


def _apply(row: Json, body: Json) -> None:
    has_domain = read_truth(body["domain_enabled"])
    row["name"] = body["name"]
    row["domain"] = body["inbound_domain"] if has_domain else None
    row["priority"] = int(body["inbound_priority"]) if has_domain else 0
    row["filters"] = _list_filters(body["catch_filter"]) + _list_filters(body["match_filter"])
    row["forwards"] = _list_forwards(body["forwards"], row.get("forwards") or [])
    row["catch_type"] = body.get("catch_type") or row["catch_type"]
    row["match_type"] = body.get("match_type") or row["match_type"]


def _list_filters(given: Json) -> list[Json]:
    """Flatten a filter as it is read; catching everything shows nothing, as recorded."""
    kind = given["type"]
    if kind == "catch_all":
        return []
    if kind == "match_all":
        return [dict(_EVERYTHING)]
    return [
        {
            "type": kind,
            "key": item.get("key"),
            "comparer": item["comparer"],
            "value": item["value"],
        }
        for item in given["filters"]
    ]


def _list_forwards(given: list[Json], held: list[Json]) -> list[Json]:
    """Give every webhook a secret of its own; a forward that stays keeps its."""
    secrets = {item.get("value"): item.get("secret") for item in held}
    return [
        {
            "type": item["type"],
            "value": item["value"],
            "secret": (item.get("secret") or secrets.get(item["value"]) or ids.make_secret())
            if item["type"] == "webhook"
            else None,
        }
        for item in given
    ]


def show_inbound(row: Json) -> Json:
    """Show a route."""
    return show_row(row, SHAPE)
