"""Numbered pages."""

from typing import Any

from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.pagination import PagePagination
from waypost.engine.paging.page import Answer, Cursor, PageRequest, PageResult
from waypost.engine.paging.slices import END, Slice, cut


def plan(pagination: PagePagination, limit: int | None, cursor: Cursor | None) -> PageRequest:
    """Ask for a page by its number."""
    at = Slice(
        "page",
        pagination.limit,
        limit,
        cursor,
        first=pagination.first_page,
        can_ask=pagination.limit_param is not None,
    )
    query: dict[str, Any] = {pagination.page_param: at.at}
    if pagination.limit_param is not None:
        query[pagination.limit_param] = at.size
    return at.request(query)


def finish(pagination: PagePagination, page: PageRequest, answer: Answer) -> PageResult:
    """Say which pages surround this one."""
    number = page.position
    return cut(
        "page",
        page,
        answer.records,
        following=number + 1 if _has_more(pagination, page, answer) else END,
        preceding=number - 1 if number > pagination.first_page else END,
    )


def _has_more(pagination: PagePagination, page: PageRequest, answer: Answer) -> bool:
    if pagination.has_more is None:
        return 0 < page.size <= len(answer.records)
    scope = {"body": answer.body, "headers": answer.header_names()}
    return compile_expression(pagination.has_more).evaluate(scope) is True
