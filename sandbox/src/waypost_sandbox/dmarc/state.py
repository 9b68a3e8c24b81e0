"""The rules of DMARC monitoring; no real answer is on public record, so all of it is a guess."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.shapes.rows import check_domain, matches_text, show_row, show_row_domain
from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.times import parse_moment, write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

MONITORS = "dmarc_monitors"
# One row per address and source; the report by address adds them up.
SOURCES = "dmarc_reports"
CHECK_TAKES = timedelta(seconds=60)
ORDERS = ("created_at", "updated_at", "dmarc_valid", "spf_status")
STATUSES = ("accepted", "rejected", "quarantined")
_STATUS_OF_POLICY = {"none": "accepted", "quarantine": "quarantined", "reject": "rejected"}
DOMAIN_TAKEN = "The domain id has already been taken."  # GUESS
SHAPE: Json = {
    "id": None,
    "dmarc_record": None,
    "wanted_dmarc_record": None,
    "dmarc_valid": False,
    "dmarc_record_checked_at": None,
    "spf_record": None,
    "spf_status": "not_found",
    "created_at": None,
    "updated_at": None,
}
_REPORT: Json = {
    "ip_address": None,
    "total_volume": 0,
    "passed_dmarc": 0,
    "passed_spf": 0,
    "passed_dkim": 0,
    "domain": None,
    "country": None,
    "country_code": None,
    "city": None,
}
_SOURCE: Json = {
    "id": None,
    "ip_address": None,
    "ip_domain": None,
    "total_volume": 0,
    "passed_dmarc": 0,
    "spf_domain": None,
    "aligned_spf": False,
    "dkim_domain": None,
    "aligned_dkim": False,
    "applied_policy": "none",
    "override_reason": None,
    "override_comment": None,
    "country": None,
    "report_source": None,
    "spf_auth": [],
    "dkim_auth": [],
}


def show_monitor(account: Account, row: Json) -> Json:
    """Show a monitor with the small shape of its domain."""
    return {**show_row(row, SHAPE), "domain": show_row_domain(account, row)}


def list_monitors(account: Account, query: Json) -> list[Json]:
    """List monitors by their domain's name, in an order that may be asked for."""
    check = Check(query)
    check.field("query").string().longest(255)
    key = check.field("sort_by").one_of(ORDERS).value or "created_at"
    order = check.field("order").one_of(("asc", "desc"))
    check.refuse_if_wrong()
    rows = [
        row
        for row in account.rows(MONITORS).values()
        if matches_text(show_row_domain(account, row) or {}, query.get("query"), ("name",))
    ]
    return sorted(rows, key=lambda row: str(row.get(key) or ""), reverse=order.value != "asc")


def create_monitor(account: Account, body: Json) -> Json:
    """Watch a domain; its records are looked up a moment later."""
    check = Check(body)
    domain = check_domain(account, check)
    watched = {row.get("domain_id") for row in account.rows(MONITORS).values()}
    if not domain.is_wrong and domain.value in watched:
        domain.fail(DOMAIN_TAKEN)
    check.refuse_if_wrong()
    now = account.now()
    row: Json = {
        **SHAPE,
        "id": ids.make_hashid(),
        "created_at": write_time(now),
        "updated_at": write_time(now),
        "domain_id": body["domain_id"],
    }
    account.rows(MONITORS)[row["id"]] = row
    account.plan_work(now + CHECK_TAKES, "check_dmarc", row["id"])
    return row


def update_monitor(account: Account, row: Json, body: Json) -> None:
    """Say which DMARC record is wanted."""
    check = Check(body)
    check.field("wanted_dmarc_record").required().string().longest(1000)
    check.refuse_if_wrong()
    row["wanted_dmarc_record"] = body["wanted_dmarc_record"]
    row["updated_at"] = write_time(account.now())


def check_dmarc(account: Account, monitor_id: str) -> None:
    """Look the domain's records up: a verified domain has them, another does not."""
    row = account.rows(MONITORS).get(monitor_id)
    domain = account.domains.get(str(row.get("domain_id"))) if row else None
    if row is None or domain is None:
        return
    row["dmarc_record_checked_at"] = row["updated_at"] = write_time(account.now())
    if domain.is_verified:
        row["dmarc_record"] = "v=DMARC1; p=none"
        row["dmarc_valid"] = True
        row["spf_record"] = domain.spf_record or "v=spf1 include:_spf.mailersend.net ~all"
        row["spf_status"] = "valid"


def _find_sources(account: Account, monitor: Json, query: Json) -> list[Json]:
    """Return a monitor's rows by time, source and text."""
    check = Check(query)
    bounds = [_read_moment(check, name) for name in ("date_from", "date_to")]
    check.field("search").string().longest(255)
    check.field("category").string()
    check.field("report_source").string().longest(255)
    check.refuse_if_wrong()
    wanted = query.get("report_source")
    return [
        row
        for row in account.rows(SOURCES).values()
        if row.get("monitor_id") in (None, monitor["id"])
        and wanted in (None, "", row.get("report_source"))
        and matches_text(row, query.get("search"), ("ip_address", "ip_domain", "domain"))
        and _is_between(row, bounds[0], bounds[1])
    ]


def _read_moment(check: Check, name: str) -> float | None:
    field = check.field(name)
    if field.value is None:
        return None
    moment = parse_moment(field.value)
    if moment is None:
        field.fail(f"The {name.replace('_', ' ')} is not a valid date.")
        return None
    return moment.timestamp()


def _is_between(row: Json, start: float | None, end: float | None) -> bool:
    """Say whether a row falls into a range of days; the last day counts whole."""
    moment = parse_moment(row.get("date"))
    if moment is None:
        return True
    seconds = moment.timestamp()
    return (start is None or seconds >= start) and (end is None or seconds < end + 86_400)


def list_addresses(account: Account, monitor: Json, query: Json) -> list[Json]:
    """List a report by sending address, volumes added up."""
    found: dict[str, Json] = {}
    for source in _find_sources(account, monitor, query):
        address = str(source.get("ip_address"))
        row = found.setdefault(address, {**_REPORT, "ip_address": address})
        _add(row, source)
    favorites = monitor.get("favorites") or []
    return [{**row, "is_favorite": row["ip_address"] in favorites} for row in found.values()]


def _add(row: Json, source: Json) -> None:
    volume = int(source.get("total_volume") or 0)
    row["total_volume"] += volume
    row["passed_dmarc"] += int(source.get("passed_dmarc") or 0)
    for name in ("spf", "dkim"):
        aligned = volume if source.get(f"aligned_{name}") else 0
        row[f"passed_{name}"] += int(source.get(f"passed_{name}", aligned) or 0)
    row["domain"] = row["domain"] or source.get("domain") or source.get("ip_domain")
    for name in ("country", "country_code", "city"):
        row[name] = row[name] or source.get(name)


def list_sources_of(account: Account, monitor: Json, address: str, query: Json) -> list[Json]:
    """List what receivers said of one sending address."""
    rows = _find_sources(account, monitor, query)
    return [show_row(row, _SOURCE) for row in rows if row.get("ip_address") == address]


def count_sources(account: Account, monitor: Json, query: Json) -> list[Json]:
    """Count reports by who sent them."""
    check = Check(query)
    check.field("date_from").required()
    check.field("date_to").required()
    status = check.field("status").one_of(STATUSES)
    check.refuse_if_wrong()
    counts: Counter[str] = Counter()
    for row in _find_sources(account, monitor, query):
        policy = str(row.get("applied_policy") or "none")
        if status.value in (None, _STATUS_OF_POLICY.get(policy)) and row.get("report_source"):
            counts[row["report_source"]] += int(row.get("reports") or 1)
    return [{"report_source": name, "reports": count} for name, count in counts.items()]


def set_favorite(monitor: Json, address: str, *, is_favorite: bool) -> None:
    """Mark a sending address, or take the mark away."""
    held = [each for each in monitor.get("favorites") or [] if each != address]
    monitor["favorites"] = [*held, address] if is_favorite else held
