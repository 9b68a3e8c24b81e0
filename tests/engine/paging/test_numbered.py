"""Numbered pages: what is asked, and when there is another one."""

from typing import Any

import pytest
from tests.support.paged_provider import Answered, ask

from waypost.engine.manifest.pagination import LimitRange, PagePagination
from waypost.engine.paging import plan

LIMITS = LimitRange(minimum=10, maximum=100, default=25)
PLAIN = PagePagination(style="page", limit=LIMITS)

ASKED = [
    (None, {"page": 1, "limit": 25}),
    (3, {"page": 1, "limit": 10}),
    (50, {"page": 1, "limit": 50}),
    (500, {"page": 1, "limit": 100}),
]


@pytest.mark.parametrize(("limit", "query"), ASKED)
def test_asks_within_the_providers_range(limit: int | None, query: dict[str, Any]) -> None:
    assert plan(PLAIN, limit=limit).query == query


def test_without_a_limit_parameter_only_the_page_is_sent() -> None:
    fixed = PagePagination(style="page", page_param="p", limit_param=None, limit=LIMITS)
    request, result = ask(fixed, lambda _query, _headers: Answered(list(range(25))), 10)
    assert request.query == {"p": 1}
    assert result.records == list(range(10))
    assert result.next == {"style": "page", "at": 1, "skip": 10, "size": 25}


@pytest.mark.parametrize(
    ("has_more", "body", "headers", "more"),
    [
        (None, {}, {}, True),
        ("body.links.next != null", {"links": {"next": "https://x"}}, {}, True),
        ("body.links.next != null", {"links": {"next": None}}, {}, False),
        ("$exists(body.links.next)", {"links": {}}, {}, False),
        ("body.next", {"next": "yes"}, {}, False),
        ('headers."x-more" = "1"', None, {"x-more": "1"}, True),
    ],
)
def test_more(has_more: str | None, body: Any, headers: dict[str, str], more: bool) -> None:
    told = PagePagination(style="page", limit=LIMITS, has_more=has_more)
    answered = Answered(list(range(10)), body, headers=headers)
    _, result = ask(told, lambda _query, _headers: answered, 10)
    assert (result.next is not None) is more


def test_a_provider_that_always_claims_more_is_left_to_the_callers_cap() -> None:
    lying = PagePagination(style="page", limit=LIMITS, has_more="true")
    cursor = None
    for number in range(2, 5):
        _, result = ask(lying, lambda _query, _headers: Answered([], {}), 10, cursor)
        assert result.records == []
        cursor = result.next
        assert cursor is not None
        assert cursor["at"] == number
