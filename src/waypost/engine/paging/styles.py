"""The table of paging styles."""

from collections.abc import Mapping
from typing import Any

from waypost.engine.manifest.pagination import (
    CursorPagination,
    DynamicPagination,
    LinkHeaderPagination,
    OffsetPagination,
    PagePagination,
    Pagination,
    RangePagination,
)
from waypost.engine.paging import (
    by_cursor,
    by_link,
    by_offset,
    by_range,
    dynamic,
    numbered,
    unpaged,
)
from waypost.engine.paging.page import Answer, Cursor, PageRequest, PageResult
from waypost.engine.transport import WholeResponse


def plan(
    pagination: Pagination | None,
    *,
    limit: int | None,
    cursor: Cursor | None = None,
    query: Mapping[str, Any] | None = None,
) -> PageRequest:
    """Return what to add to a list call to get the page at `cursor`, the first one without.

    None as `pagination` means that the provider answers with everything at once. A limit the
    provider would refuse is moved into its range, and the answer is cut by `finish`.
    Raises `InvalidRequest` for a limit below 1 and for a cursor of another style.
    """
    match pagination:
        case None:
            return unpaged.plan(limit, cursor)
        case PagePagination():
            return numbered.plan(pagination, limit, cursor)
        case OffsetPagination():
            return by_offset.plan(pagination, limit, cursor)
        case CursorPagination():
            return by_cursor.plan(pagination, limit, cursor)
        case LinkHeaderPagination():
            return by_link.plan(pagination, limit, cursor)
        case RangePagination():
            return by_range.plan(pagination, limit, cursor)
        case DynamicPagination():
            return dynamic.plan(pagination, limit, cursor, query or {})


def finish(
    pagination: Pagination | None,
    page: PageRequest,
    *,
    records: list[Any],
    response: WholeResponse,
    body: Any = None,
    query: Mapping[str, Any] | None = None,
    url: str | None = None,
) -> PageResult:
    """Return the caller's page out of a provider's answer, and the cursors around it.

    `records` is the provider's whole page and `body` the parsed answer it stands in; `url` is
    where the call went, without which a link to another host cannot be refused. An answer of
    416 to a range is an empty last page, not an error.
    Raises `ProviderGarbled` when the provider leads in a circle or to another host.
    """
    answer = Answer(records, response, body, query or {}, url)
    match pagination:
        case None:
            return unpaged.finish(page, records)
        case PagePagination():
            return numbered.finish(pagination, page, answer)
        case OffsetPagination():
            return by_offset.finish(pagination, page, answer)
        case CursorPagination():
            return by_cursor.finish(pagination, page, answer)
        case LinkHeaderPagination():
            return by_link.finish(pagination, page, answer)
        case RangePagination():
            return by_range.finish(pagination, page, answer)
        case DynamicPagination():
            return dynamic.finish(pagination, page, answer)
