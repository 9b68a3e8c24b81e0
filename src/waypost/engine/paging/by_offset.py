"""Offset and limit: any record can be the first of a page, so nothing needs to be cut off twice."""

from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.pagination import OffsetPagination
from waypost.engine.paging.page import (
    Answer,
    Cursor,
    PageRequest,
    PageResult,
    page_size,
    read_cursor,
)


def plan(pagination: OffsetPagination, limit: int | None, cursor: Cursor | None) -> PageRequest:
    """Ask for records from an offset on."""
    size = page_size(pagination.limit, limit)
    offset = int(read_cursor(cursor, "offset").get("offset", 0))
    query = {pagination.offset_param: offset, pagination.limit_param: size}
    return PageRequest(query=query, take=limit, size=size, position=offset)


def finish(pagination: OffsetPagination, page: PageRequest, answer: Answer) -> PageResult:
    """Say at which offsets the pages around this one begin."""
    count = len(answer.records)
    records = answer.records[: page.take]
    # An empty page that claims more still moves on, or the caller would ask it forever.
    following = page.position + (len(records) or page.size)
    has_more = len(records) < count or _has_more(pagination, page, answer)
    return around("offset", page, records, following if has_more else None)


def around(
    style: str, page: PageRequest, records: list[object], following: int | None
) -> PageResult:
    """Return a page with the offsets before and after it."""
    step = min(page.take or page.size, page.size)
    before = max(0, page.position - step)
    return PageResult(
        records,
        None if following is None else {"style": style, "offset": following},
        {"style": style, "offset": before} if page.position > 0 else None,
    )


def _has_more(pagination: OffsetPagination, page: PageRequest, answer: Answer) -> bool:
    if pagination.has_more is None:
        return len(answer.records) >= page.size
    scope = {"body": answer.body, "headers": answer.header_names()}
    return compile_expression(pagination.has_more).evaluate(scope) is True
