"""Providers that answer with everything at once: the answer is cut by us."""

from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.engine.paging.page import Cursor, PageRequest, PageResult, read_cursor

_STYLE = "unpaged"


def plan(limit: int | None, cursor: Cursor | None) -> PageRequest:
    """Add nothing to the call and remember which slice is wanted; no limit means all the rest."""
    if limit is not None and limit < 1:
        raise InvalidRequest("limit is at least 1.")
    return PageRequest(skip=int(read_cursor(cursor, _STYLE).get("offset", 0)), take=limit)


def slice_whole(records: list[Any], skip: int, take: int | None, style: str) -> PageResult:
    """Return a slice of a whole list and the offsets around it."""
    stop = len(records) if take is None else skip + take
    before = max(0, skip - take) if take else 0
    return PageResult(
        records[skip:stop],
        {"style": style, "offset": stop} if stop < len(records) else None,
        {"style": style, "offset": before} if skip > 0 else None,
    )


def finish(page: PageRequest, records: list[Any]) -> PageResult:
    """Return the wanted slice."""
    return slice_whole(records, page.skip, page.take, _STYLE)
