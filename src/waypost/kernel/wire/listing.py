"""Read what a list asks for, and put its answer in the admin envelope."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from waypost.base.errors import InvalidRequest
from waypost.base.listing import MOST_ROWS, Condition, Kind, Listing, Page, read_conditions
from waypost.base.listing import newest_first as read_order
from waypost.base.page import CursorSeal, query_digest
from waypost.engine.manifest.problem import nearest
from waypost.kernel.wire.asked import Asked

T = TypeVar("T")
_PAGING = ("limit", "next_cursor")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of a list, as it was asked for."""

    listing: Listing
    cursors: CursorSeal
    bound_to: Mapping[str, str]

    def answer(self, page: Page[T], shown: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
        """Return the envelope `{result, next_cursor, limit}` of a page."""
        sealed = None if page.next is None else self.cursors.seal(page.next, bound_to=self.bound_to)
        return {
            "result": [shown(item) for item in page.items],
            "next_cursor": sealed,
            "limit": self.listing.limit,
        }


def read_list(
    asked: Asked,
    cursors: CursorSeal,
    resource: str,
    fields: Mapping[str, Kind],
    *,
    ignored: Collection[str] = (),
    limit: int = MOST_ROWS,
) -> Wanted:
    """Read a list's conditions, order, limit (at most `limit`, its default) and cursor.

    `fields` are what may be filtered; `ignored` are parameters that clients send without effect.
    Raises InvalidRequest for a parameter that means nothing, and for a cursor of another list.
    """
    query = asked.query
    _refuse_unknown(query, fields, ignored)
    bound_to = {
        "environment": asked.caller.environment_id or "operator",
        "resource": resource,
        "query": query_digest({name: query[name] for name in query if name not in _PAGING}),
    }
    cursor = query.get("next_cursor") or None
    if cursor is not None and not isinstance(cursor, str):
        raise InvalidRequest("next_cursor must be a single value")
    listing = Listing(
        conditions=read_conditions(query, fields),
        limit=_limit(query.get("limit"), limit),
        after=None if cursor is None else cursors.open(cursor, bound_to=bound_to),
        newest_first=read_order(query),
    )
    return Wanted(listing, cursors, bound_to)


def empty_list(asked: Asked) -> dict[str, Any]:
    """Return the envelope of a list that has nothing; any filter of it is as good as another."""
    limit = _limit(asked.query.get("limit"), MOST_ROWS)
    return {"result": [], "next_cursor": None, "limit": limit}


def page_of(rows: Sequence[dict[str, Any]], listing: Listing) -> Page[dict[str, Any]]:
    """Return a page of rows that are not kept in the database; a dotted field looks inside."""
    kept = [row for row in rows if all(_holds(row, each) for each in listing.conditions)]
    if listing.newest_first:
        kept.reverse()
    start = int(listing.after["seen"]) if listing.after else 0
    end = start + listing.limit
    return Page(kept[start:end], {"seen": end} if end < len(kept) else None)


def _refuse_unknown(
    query: Mapping[str, Any], fields: Mapping[str, Kind], ignored: Collection[str]
) -> None:
    known = (*fields, *_PAGING, "sort")
    roots = {name.partition(".")[0] for name in fields if "." in name}
    for name in query:
        if name.partition(".")[0] in ignored:
            continue
        if name not in known and name not in roots:
            hint = nearest(name, known, called="known are")
            raise InvalidRequest(f"The query parameter '{name[:80]}' is not known here{hint}")


def _limit(given: Any, most: int) -> int:
    if given is None or given == "":
        return most
    if not _is_number(given) or int(given) < 1:
        raise InvalidRequest("limit must be a whole number from 1")
    return min(int(given), most)


def _is_number(given: Any) -> bool:
    return isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 10


def _holds(row: Mapping[str, Any], condition: Condition) -> bool:
    found: Any = row
    for part in condition.field.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    wanted = condition.value
    match condition.operator:
        case "eq":
            return bool(found == wanted)
        case "ne":
            return bool(found != wanted)
        case "in":
            return found in wanted
        case "nin":
            return found not in wanted
        case "like":
            return str(wanted).strip("%").lower() in str(found).lower()
        case _:
            return _ordered(found, condition.operator, wanted)


def _ordered(found: Any, operator: str, wanted: Any) -> bool:
    if found is None:
        return False
    left, right = str(found), str(wanted)
    if operator == "gt":
        return left > right
    if operator == "gte":
        return left >= right
    return left < right if operator == "lt" else left <= right
