"""`Range: unit=first-last` and `Content-Range` (RFC 9110 section 14)."""

import re

from waypost.engine.manifest.pagination import RangePagination
from waypost.engine.paging.by_offset import around
from waypost.engine.paging.page import (
    Answer,
    Cursor,
    PageRequest,
    PageResult,
    page_size,
    read_cursor,
)
from waypost.engine.paging.unpaged import slice_whole

_STYLE = "range"
_CONTENT_RANGE = re.compile(r"\s*[\w-]+[ =](\d{1,18})-(\d{1,18})/(\d{1,18}|\*)\s*", re.ASCII)


def plan(pagination: RangePagination, limit: int | None, cursor: Cursor | None) -> PageRequest:
    """Ask for a range of records."""
    size = page_size(pagination.limit, limit)
    first = int(read_cursor(cursor, _STYLE).get("offset", 0))
    headers = (("range", f"{pagination.range_unit}={first}-{first + size - 1}"),)
    return PageRequest(headers=headers, take=limit, size=size, position=first)


def finish(_pagination: RangePagination, page: PageRequest, answer: Answer) -> PageResult:
    """Read how far the range reached; a 200 holds everything, a 416 nothing more."""
    status = answer.response.status
    if status == 416:
        return around(_STYLE, page, [], None)
    if status != 206:
        # The server ignored the range, as it may: this is the whole list.
        return slice_whole(answer.records, page.position, page.take or page.size, _STYLE)
    records = answer.records[: page.take]
    following = page.position + len(records)
    has_more = len(records) < len(answer.records) or _reaches_further(page, answer)
    return around(_STYLE, page, records, following if has_more and records else None)


def _reaches_further(page: PageRequest, answer: Answer) -> bool:
    match = _CONTENT_RANGE.fullmatch(answer.response.header("content-range") or "")
    if match is None or match.group(3) == "*":
        return len(answer.records) >= page.size
    return int(match.group(2)) + 1 < int(match.group(3))
