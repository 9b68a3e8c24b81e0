"""Read what is asked of the log, and show its rows in the wire's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waypost.base.clock import iso
from waypost.base.errors import InvalidRequest
from waypost.base.listing import Condition, Kind
from waypost.engine.manifest.problem import nearest
from waypost.kernel.calls.store import LogQuery
from waypost.kernel.wire import Wanted

LOG_TYPES = ("unified_proxy_api", "rapid_bridge", "webhook", "sync_job_cron_trigger", "mcp")
CALLS = LOG_TYPES[0]
MOST = 100
LONGEST_SECONDS = 31 * 24 * 3600
FILTERS: Mapping[str, Kind] = {
    "created_at": "moment",
    "environment_id": "text",
    "integrated_account_id": "text",
}
IGNORED = ("log_type", "log_type_filter")
_COLUMNS = {
    "id": "id",
    "integrated_account_id": "account_id",
    "tenant_id": "tenant_id",
    "integration": "integration",
    "request_type": "surface",
    "resource": "resource",
    "method": "method",
    "http_method": "http_method",
    "http_status_code": "status",
    "integrated_account_needs_reauth": "needs_reauth",
}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class LogAsk:
    """A question to the log; `query` is None where this server keeps nothing of that type."""

    query: LogQuery | None


def read_log_ask(environment_id: str, query: Mapping[str, Any], wanted: Wanted) -> LogAsk:
    """Read `log_type`, `log_type_filter[…]`, `created_at[gt]`/`[lt]`; raises InvalidRequest."""
    kind = query.get("log_type") or CALLS
    if kind not in LOG_TYPES:
        hint = nearest(str(kind), LOG_TYPES, called="there are")
        raise InvalidRequest(f"There is no log_type '{str(kind)[:80]}'{hint}")
    equals = _equals(query.get("log_type_filter"))
    since, until = _span(wanted.listing.conditions)
    elsewhere = False
    for condition in wanted.listing.conditions:
        if condition.operator != "eq" and condition.field != "created_at":
            raise InvalidRequest(f"{condition.field} takes one value here")
        if condition.field == "integrated_account_id":
            equals.append(("account_id", condition.value))
        elif condition.field == "environment_id":
            elsewhere = elsewhere or condition.value != environment_id
    if kind != CALLS or elsewhere:
        return LogAsk(None)
    after = wanted.listing.after
    return LogAsk(
        LogQuery(
            environment_id,
            since=since,
            until=until,
            equals=tuple(equals),
            before=(after["at"], after["sequence"]) if after else None,
            limit=wanted.listing.limit + 1,
        )
    )


def entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """Show a call record; durations are in milliseconds."""
    status = row["status"] or None
    return {
        "id": row["id"],
        "timestamp": iso(row["at"]),
        "service": CALLS,
        "environment_id": row["environment_id"],
        "integrated_account_id": row["account_id"],
        "tenant_id": row["tenant_id"],
        "integration": row["integration"],
        "request_type": row["surface"],
        "resource": row["resource"],
        "method": row["method"],
        "http_method": row["http_method"],
        "http_url": row["http_url"],
        "http_status_code": status,
        "http_status_category": f"{status // 100}xx" if status else None,
        "duration": round(row["duration_ms"], 3),
        "fetch_duration": round(row["fetch_ms"], 3),
        "attempts": row["attempts"],
        "result_count": row["result_count"],
        "integrated_account_needs_reauth": row["needs_reauth"],
        "error_code": row["error_code"],
        "logs": row["notes"] or [],
        "message": row["message"],
    }


def _equals(filters: Any) -> list[tuple[str, Any]]:
    if filters is None or filters == "":
        return []
    if not isinstance(filters, Mapping):
        raise InvalidRequest("log_type_filter is written log_type_filter[name]=value")
    found = []
    for name, value in filters.items():
        column = _COLUMNS.get(name)
        if column is None:
            hint = nearest(name, tuple(_COLUMNS), called="it can be")
            raise InvalidRequest(f"log_type_filter[{name[:80]}] is not known{hint}")
        found.append((column, _value(name, column, value)))
    return found


def _value(name: str, column: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise InvalidRequest(f"log_type_filter[{name}] takes one value")
    if column == "status":
        if not value.isascii() or not value.isdigit() or len(value) > 3:
            raise InvalidRequest("log_type_filter[http_status_code] must be a number")
        return int(value)
    if column == "needs_reauth":
        if value.lower() not in _TRUTH:
            raise InvalidRequest(f"log_type_filter[{name}] must be true or false")
        return _TRUTH[value.lower()]
    return value


def _span(conditions: tuple[Condition, ...]) -> tuple[float | None, float | None]:
    since: float | None = None
    until: float | None = None
    for condition in conditions:
        if condition.field != "created_at":
            continue
        if condition.operator in ("gt", "gte"):
            since = condition.value
        elif condition.operator in ("lt", "lte"):
            until = condition.value
        else:
            raise InvalidRequest("created_at takes [gt] and [lt] here")
    if since is not None and until is None:
        raise InvalidRequest("created_at[gt] needs created_at[lt] beside it")
    if since is not None and until is not None and not 0 <= until - since <= LONGEST_SECONDS:
        raise InvalidRequest("created_at[gt] and created_at[lt] must span at most one month")
    return since, until
