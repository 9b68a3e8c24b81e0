"""The rules of blocklist monitoring; no real answer is on public record: all is a guess."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.shapes.rows import matches_text, show_row
from waypost_sandbox.wire.check import Check, read_truth
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

MONITORS = "blocklist_monitors"
CHECK_TAKES = timedelta(seconds=60)
CHECKS_EVERY = timedelta(hours=2)
LISTS_ASKED = 60
ORDERS = ("name", "address", "created_at", "updated_at", "blocklisted")
BAD_ADDRESS = "The address must be a valid domain, IP address or CIDR."
ADDRESS_TAKEN = "The address has already been taken."
SHAPE: Json = {
    "id": None,
    "name": None,
    "address": None,
    "type": None,
    "in_progress": False,
    "notify": False,
    "blocklisted": False,
    "last_checks_count": 0,
    "last_check": None,
    "next_check": None,
    "has_children": False,
    "children_count": 0,
    "forwards": [],
    "hits": [],
    "created_at": None,
    "updated_at": None,
}
_HIT: Json = {
    "blocklist_host": None,
    "address": None,
    "listed_at": None,
    "delisted_at": None,
    "last_checked_at": None,
}
_HOST = re.compile(r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", re.IGNORECASE)
_MOST_CHILDREN = 256


def show_monitor(row: Json) -> Json:
    """Show a monitor; one of a whole network shows its addresses in the place of hits."""
    shown = show_row(row, SHAPE)
    if shown["has_children"]:
        shown["children"] = row.get("children") or []
    return shown


def list_monitors(account: Account, query: Json) -> list[Json]:
    """List monitors by text, newest first unless another order is asked for."""
    check = Check(query)
    check.field("query").string().longest(255)
    key = check.field("sort_by").one_of(ORDERS).value or "created_at"
    order = check.field("order").one_of(("asc", "desc"))
    check.refuse_if_wrong()
    rows = [
        row
        for row in account.rows(MONITORS).values()
        if matches_text(row, query.get("query"), ("name", "address"))
    ]
    return sorted(rows, key=lambda row: str(row.get(key) or ""), reverse=order.value != "asc")


def kind_of(address: str) -> str | None:
    """Return what an address is: a domain, an ip, a cidr, or nothing of these."""
    if _HOST.fullmatch(address):
        return "domain"
    try:
        ipaddress.ip_network(address, strict=False)
    except ValueError:
        return None
    return "cidr" if "/" in address else "ip"


def create_monitor(account: Account, body: Json) -> Json:
    """Watch an address; it is looked up a moment later."""
    check = Check(body)
    address = check.field("address").required().string().longest(255)
    if not address.is_wrong and kind_of(str(address.value)) is None:
        address.fail(BAD_ADDRESS)
    elif address.value in [row.get("address") for row in account.rows(MONITORS).values()]:
        address.fail(ADDRESS_TAKEN)
    _check_fields(check)
    check.refuse_if_wrong()
    now = account.now()
    row: Json = {
        **SHAPE,
        "id": ids.make_hashid(),
        "name": body["address"],
        "address": body["address"],
        "type": kind_of(body["address"]),
        "in_progress": True,
        "next_check": write_time(now + CHECK_TAKES),
        "created_at": write_time(now),
    }
    if row["type"] == "cidr":
        size = ipaddress.ip_network(row["address"], strict=False).num_addresses
        row["has_children"], row["children_count"] = True, size
    account.rows(MONITORS)[row["id"]] = row
    _apply(account, row, body)
    account.plan_work(now + CHECK_TAKES, "check_blocklists", row["id"])
    return row


def update_monitor(account: Account, row: Json, body: Json) -> None:
    """Change a monitor's name, or who is told."""
    check = Check(body)
    _check_fields(check)
    check.refuse_if_wrong()
    _apply(account, row, body)


def _check_fields(check: Check) -> None:
    check.field("name").string().longest(191)
    check.field("notify").boolean()
    check.field("notify_email").string().longest(191).email()
    check.field("notify_address").string().longest(191).url()


def _apply(account: Account, row: Json, body: Json) -> None:
    row["name"] = body.get("name") or row["name"]
    if body.get("notify") is not None and body["notify"] != "":
        row["notify"] = read_truth(body["notify"])
    forwards = {item.get("type"): item.get("value") for item in row.get("forwards") or []}
    for name, kind in (("notify_email", "email"), ("notify_address", "webhook")):
        if name in body:
            forwards[kind] = body[name]
    row["forwards"] = [
        {"id": str(number), "type": kind, "value": value}
        for number, (kind, value) in enumerate(forwards.items(), start=1)
        if value
    ]
    row["updated_at"] = write_time(account.now())


def check_blocklists(account: Account, monitor_id: str) -> None:
    """Ask the blocklists; the sandbox's own convention is that `listed.…` and `….66` are on one."""
    row = account.rows(MONITORS).get(monitor_id)
    if row is None:
        return
    now = account.now()
    stamp = write_time(now)
    hits = [
        {
            **_HIT,
            "blocklist_host": "blocklist.example",
            "address": address,
            "listed_at": stamp,
            "last_checked_at": stamp,
        }
        for address in _addresses_of(row)
        if address.startswith("listed.") or address.endswith(".66")
    ]
    row["blocklisted"] = bool(hits)
    if row["has_children"]:
        row["children"] = [{"address": hit["address"], "hits": [hit]} for hit in hits]
    else:
        row["hits"] = hits
    row |= {
        "in_progress": False,
        "last_checks_count": LISTS_ASKED,
        "last_check": stamp,
        "next_check": write_time(now + CHECKS_EVERY),
        "updated_at": stamp,
    }


def _addresses_of(row: Json) -> list[str]:
    if row["type"] != "cidr":
        return [str(row["address"])]
    network = ipaddress.ip_network(row["address"], strict=False)
    return [str(address) for address, _ in zip(network, range(_MOST_CHILDREN), strict=False)]
