"""Offset and limit."""

from tests.support.paged_provider import Answered, ask

from waypost.engine.manifest.pagination import LimitRange, OffsetPagination
from waypost.engine.paging import plan

LIMITS = LimitRange(minimum=10, maximum=100, default=25)
PLAIN = OffsetPagination(style="offset", offset_param="start", limit_param="count", limit=LIMITS)


def test_asks_from_the_offset_on() -> None:
    assert plan(PLAIN, limit=3).query == {"start": 0, "count": 10}
    cursor = {"style": "offset", "offset": 3}
    assert plan(PLAIN, limit=3, cursor=cursor).query == {"start": 3, "count": 10}


def test_what_was_cut_off_comes_next() -> None:
    _, result = ask(PLAIN, lambda _query, _headers: Answered(list(range(4))), 3)
    assert result.records == [0, 1, 2]
    assert result.next == {"style": "offset", "offset": 3}
    assert result.previous is None


def test_an_empty_page_that_claims_more_moves_on() -> None:
    lying = OffsetPagination(style="offset", limit=LIMITS, has_more="true")
    _, result = ask(lying, lambda _query, _headers: Answered([], {}), 25)
    assert result.next == {"style": "offset", "offset": 25}
