"""Range and Content-Range."""

import pytest
from tests.support.paged_provider import Answered, ask

from waypost.engine.manifest.pagination import LimitRange, RangePagination
from waypost.engine.paging import plan

PLAIN = RangePagination(
    style="range", range_unit="users", limit=LimitRange(minimum=5, maximum=10, default=10)
)


def test_asks_for_a_range() -> None:
    assert plan(PLAIN, limit=None).headers == (("range", "users=0-9"),)
    assert plan(PLAIN, limit=3, cursor={"style": "range", "offset": 7}).headers == (
        ("range", "users=7-11"),
    )


@pytest.mark.parametrize(
    ("content_range", "count", "following"),
    [
        ("users 0-9/12", 10, 10),
        ("users 0-9/10", 10, None),
        ("users 0-9/*", 10, 10),
        ("users 0-4/*", 5, None),
        ("users=0-9/12", 10, 10),
        ("nonsense", 10, 10),
        ("nonsense", 3, None),
        (None, 10, 10),
    ],
)
def test_reads_how_far_it_reached(
    content_range: str | None, count: int, following: int | None
) -> None:
    headers = {"content-range": content_range} if content_range else {}
    answered = Answered(list(range(count)), status=206, headers=headers)
    _, result = ask(PLAIN, lambda _query, _headers: answered, 10)
    assert (result.next and result.next["offset"]) == following


def test_a_server_that_ignores_ranges_is_cut_by_us() -> None:
    provider = lambda _query, _headers: Answered(list(range(12)))  # noqa: E731
    _, first = ask(PLAIN, provider, 10)
    _, second = ask(PLAIN, provider, 10, first.next)
    assert first.records + second.records == list(range(12))
    assert second.next is None


def test_416_is_the_end() -> None:
    _, result = ask(PLAIN, lambda _query, _headers: Answered([], status=416), 10)
    assert result.records == []
    assert result.next is None


def test_an_empty_206_ends() -> None:
    headers = {"content-range": "users 0-9/99"}
    answered = Answered([], status=206, headers=headers)
    _, result = ask(PLAIN, lambda _query, _headers: answered, 10)
    assert result.next is None
