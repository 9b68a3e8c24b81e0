"""A simulated provider of N records for each style, and a caller that pages through it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from waypost.engine.paging import PageRequest, PageResult, finish, plan
from waypost.engine.transport import WholeResponse

URL = "https://api.acme.test/v1/things"
MANY = 10_000


@dataclass
class Answered:
    """What a simulated provider answers: records, body, status, headers."""

    records: list[Any]
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Provider = Callable[[Mapping[str, Any], Mapping[str, str]], Answered]


def ask(
    pagination: Any,
    provider: Provider,
    limit: int | None,
    cursor: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> tuple[PageRequest, PageResult]:
    """Make one call and let the style read its answer."""
    request = plan(pagination, limit=limit, cursor=cursor, query=query)
    answered = provider(request.query, dict(request.headers))
    response = WholeResponse(answered.status, tuple(answered.headers.items()), b"")
    result = finish(
        pagination,
        request,
        records=answered.records,
        response=response,
        body=answered.body,
        query=query,
        url=URL,
    )
    return request, result


def read_all(
    pagination: Any, provider: Provider, limit: int | None
) -> tuple[list[list[Any]], list[Mapping[str, Any]]]:
    """Follow next cursors to the end; return the pages and the cursors that led to them."""
    pages: list[list[Any]] = []
    cursors: list[Mapping[str, Any]] = []
    cursor: Mapping[str, Any] | None = None
    for _ in range(MANY):
        _, result = ask(pagination, provider, limit, cursor)
        pages.append(result.records)
        if result.next is None:
            return pages, cursors
        cursor = result.next
        cursors.append(cursor)
    raise AssertionError("paging does not end")


def assert_pages_of(total: int, limit: int | None, pages: list[list[Any]]) -> None:
    """Every record exactly once and in order, no page too large, none empty but the last."""
    assert [record for page in pages for record in page] == list(range(total))
    assert all(pages[:-1])
    assert limit is None or max(map(len, pages)) <= limit
