"""Answers that hold everything at once."""

from tests.support.paged_provider import Answered, ask

from waypost.engine.paging import plan


def test_adds_nothing_to_the_call() -> None:
    request = plan(None, limit=5)
    assert (request.query, request.headers) == ({}, ())


def test_without_a_limit_everything_comes_at_once() -> None:
    _, result = ask(None, lambda _query, _headers: Answered(list(range(500))), None)
    assert len(result.records) == 500
    assert result.next is None


def test_slices() -> None:
    provider = lambda _query, _headers: Answered(list(range(5)))  # noqa: E731
    _, first = ask(None, provider, 2)
    _, second = ask(None, provider, 2, first.next)
    assert (first.records, second.records) == ([0, 1], [2, 3])
    assert first.previous is None
    assert second.previous == {"style": "unpaged", "offset": 0}
