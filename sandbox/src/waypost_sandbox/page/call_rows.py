"""The API calls as a person reads them: newest first, bodies on demand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

MOST_ROWS = 1_000


def list_calls(account: Account, query: dict[str, str]) -> Json:
    """List calls, newest first: `q` is searched in method and path, `status` is its class."""
    text = query.get("limit", "")
    limit = min(int(text), MOST_ROWS) if text.isdecimal() else 100
    found = list(islice(_find(account, query), limit + 1))
    return {"rows": found[:limit], "more": len(found) > limit, "total": account.call_count}


def _find(account: Account, query: dict[str, str]) -> Iterator[Json]:
    words, wanted = query.get("q", "").lower().split(), query.get("status", "")
    for record in reversed(account.calls):
        row = _show_row(record)
        text = f"{row['method']} {row['path']} {row['status'] or ''}".lower()
        if all(word in text for word in words) and _has_status(row, wanted):
            yield row


def _show_row(record: Json) -> Json:
    kept = ("number", "at", "method", "status", "fault", "token")
    tail = "&".join(f"{name}={value}" for name, value in record["query"])
    path = f"{record['path']}?{tail}" if tail else record["path"]
    return {**{key: record[key] for key in kept}, "path": path}


def _has_status(row: Json, wanted: str) -> bool:
    """Say whether an answer is of a class (2, 4, 5), or troubled by a fault."""
    if wanted == "fault":
        return row["fault"] is not None
    return not wanted or str(row["status"] or "").startswith(wanted)


def show_call(account: Account, number: str) -> Any:
    """Show one call whole."""
    for record in reversed(account.calls):
        if str(record["number"]) == number:
            return record
    raise refuse_control(f"call {number} is not kept (any more)", status=404)
