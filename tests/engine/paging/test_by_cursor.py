"""Cursors out of the answer."""

from typing import Any

import pytest
from tests.support.paged_provider import Answered, ask

from waypost.base.errors import ProviderGarbled
from waypost.engine.manifest.pagination import CursorPagination
from waypost.engine.paging import plan

PLAIN = CursorPagination(style="cursor", cursor_path="meta.next", cursor_param="after")

READ = [
    ({"meta": {"next": "abc"}}, "abc"),
    ({"meta": {"next": 42}}, 42),
    ({"meta": {"next": 2**70}}, 2**70),
    ({"meta": {"next": "https://other.test/x?limit=2&after=a%2Fb"}}, "a/b"),
    ({"meta": {"next": None}}, None),
    ({"meta": {"next": ""}}, None),
    ({"meta": {"next": False}}, None),
    ({"meta": {}}, None),
    ({}, None),
    (None, None),
    ([], None),
]


@pytest.mark.parametrize(("body", "token"), READ)
def test_reads_the_next_cursor(body: Any, token: Any) -> None:
    _, result = ask(PLAIN, lambda _query, _headers: Answered([1], body), None)
    assert (result.next and result.next["at"]) == token
    if result.next:
        assert plan(PLAIN, limit=None, cursor=result.next).query == {"after": token, "limit": 25}


def test_the_first_page_has_no_cursor() -> None:
    assert plan(PLAIN, limit=7).query == {"limit": 7}


@pytest.mark.parametrize("token", [{"a": 1}, ["a"], 1.5])
def test_a_cursor_of_another_kind_is_garbled(token: Any) -> None:
    with pytest.raises(ProviderGarbled):
        ask(PLAIN, lambda _query, _headers: Answered([1], {"meta": {"next": token}}), None)


def test_the_same_cursor_again_is_a_circle_unless_the_page_is_empty() -> None:
    cursor = {"style": "cursor", "at": "abc", "skip": 0, "size": 25}
    body = {"meta": {"next": "abc"}}
    with pytest.raises(ProviderGarbled, match="same page"):
        ask(PLAIN, lambda _query, _headers: Answered([1], body), None, cursor)
    _, result = ask(PLAIN, lambda _query, _headers: Answered([], body), None, cursor)
    assert result.next is None


def test_an_empty_page_leaves_no_trace_on_the_way_back() -> None:
    def provider(query: Any, _headers: Any) -> Answered:
        pages = {None: ([1], "b"), "b": ([], "c"), "c": ([2], None)}
        records, token = pages[query.get("after")]
        return Answered(records, {"meta": {"next": token}})

    cursor = None
    for _ in range(3):
        _, result = ask(PLAIN, provider, None, cursor)
        cursor = result.next
    assert result.records == [2]
    _, result = ask(PLAIN, provider, None, result.previous)
    assert result.records == [1]
