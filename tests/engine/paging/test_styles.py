"""The law of paging, for every style: each record once, in order, to the end, and back again."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.paged_provider import Answered, Provider, ask, assert_pages_of, read_all

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.pagination import (
    CursorPagination,
    DynamicPagination,
    LimitRange,
    LinkHeaderPagination,
    OffsetPagination,
    PagePagination,
    RangePagination,
)
from waypost.engine.paging import plan

HAS_MORE = "body.has_more"


def style(name: str, limits: LimitRange) -> Any:
    return {
        "page": PagePagination(style="page", limit=limits),
        "page, told": PagePagination(style="page", limit=limits, has_more=HAS_MORE),
        "page from 0": PagePagination(style="page", limit=limits, first_page=0),
        "offset": OffsetPagination(style="offset", limit=limits),
        "offset, told": OffsetPagination(style="offset", limit=limits, has_more=HAS_MORE),
        "cursor": CursorPagination(style="cursor", cursor_path="meta.next", limit=limits),
        "link": LinkHeaderPagination(style="link_header", limit_param="limit", limit=limits),
        "range": RangePagination(style="range", limit=limits),
        "dynamic": DynamicPagination(
            style="dynamic",
            initial='{"page": 1}',
            next='body.has_more ? {"page": values.page + 1} : null',
            limit_param="limit",
            limit=limits,
        ),
        "unpaged": None,
    }[name]


@dataclass
class Acme:
    """A provider of `total` records that refuses sizes out of its range, as real ones do."""

    total: int
    limits: LimitRange
    first_page: int = 1

    def part(self, start: int, size: int) -> Answered:
        assert self.limits.minimum <= size <= self.limits.maximum
        records = list(range(self.total))[start : start + size]
        return Answered(records, {"has_more": start + size < self.total})

    def page(self, query: Any, _headers: Any) -> Answered:
        size = int(query["limit"])
        return self.part((int(query["page"]) - self.first_page) * size, size)

    def offset(self, query: Any, _headers: Any) -> Answered:
        return self.part(int(query["offset"]), int(query["limit"]))

    def cursor(self, query: Any, _headers: Any) -> Answered:
        size, start = int(query["limit"]), int(query.get("cursor", "c0")[1:])
        answered = self.part(start, size)
        answered.body["meta"] = {"next": f"c{start + size}" if answered.body["has_more"] else None}
        return answered

    def link(self, query: Any, _headers: Any) -> Answered:
        size, start = int(query["limit"]), int(query.get("start", 0))
        answered = self.part(start, size)
        links = []
        if answered.body["has_more"]:
            links.append(f'</v1/things?start={start + size}&limit={size}>; rel="next"')
        if start > 0:
            links.append(f'<?start={max(0, start - size)}&limit={size}>; rel="prev"')
        answered.headers = {"link": ", ".join(links)}
        return answered

    def range(self, _query: Any, headers: Any) -> Answered:
        first, last = map(int, headers["range"].removeprefix("items=").split("-"))
        answered = self.part(first, last - first + 1)
        if not answered.records:
            return Answered([], status=416)
        answered.status = 206
        end = first + len(answered.records) - 1
        answered.headers = {"content-range": f"items {first}-{end}/{self.total}"}
        return answered

    def unpaged(self, query: Any, headers: Any) -> Answered:
        assert not query
        assert not headers
        return Answered(list(range(self.total)))


def provider_of(name: str, total: int, limits: LimitRange) -> Provider:
    acme = Acme(total, limits, first_page=0 if name == "page from 0" else 1)
    kind = re.split(r"\W", name, maxsplit=1)[0]
    provider: Provider = getattr(acme, "page" if kind == "dynamic" else kind)
    return provider


STYLES = [
    *("page", "page, told", "page from 0", "offset", "offset, told"),
    *("cursor", "link", "range", "dynamic", "unpaged"),
]


@st.composite
def ranges(draw: st.DrawFn) -> LimitRange:
    minimum = draw(st.integers(1, 12))
    maximum = draw(st.integers(minimum, 30))
    default = draw(st.integers(minimum, maximum))
    return LimitRange(minimum=minimum, maximum=maximum, default=default)


wishes = st.none() | st.integers(1, 40)


@pytest.mark.parametrize("name", STYLES)
@given(total=st.integers(0, 60), limits=ranges(), limit=wishes)
def test_every_record_once_and_in_order(
    name: str, total: int, limits: LimitRange, limit: int | None
) -> None:
    pages, _ = read_all(style(name, limits), provider_of(name, total, limits), limit)
    assert_pages_of(total, limit, pages)


@pytest.mark.parametrize("name", STYLES)
@given(total=st.integers(1, 40), limits=ranges(), limit=wishes)
def test_previous_leads_back(name: str, total: int, limits: LimitRange, limit: int | None) -> None:
    pagination, provider = style(name, limits), provider_of(name, total, limits)
    pages, cursors = read_all(pagination, provider, limit)
    at = len(cursors) - 1
    _, result = ask(pagination, provider, limit, cursors[-1] if cursors else None)
    while result.previous is not None:
        at -= 1
        _, result = ask(pagination, provider, limit, result.previous)
        assert result.records == pages[at + 1]
    trail_ended = name in {"cursor", "dynamic"} and len(pages) > 10
    assert at == -1 or trail_ended


@pytest.mark.parametrize("name", STYLES)
@given(limits=ranges(), limit=st.integers(1, 5))
def test_cursors_are_small_plain_json(name: str, limits: LimitRange, limit: int) -> None:
    _, cursors = read_all(style(name, limits), provider_of(name, 60, limits), limit)
    for cursor in cursors:
        assert json.loads(json.dumps(cursor)) == cursor
        assert len(json.dumps(cursor)) < 1_000


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(name: str, limit: int) -> None:
    with pytest.raises(InvalidRequest, match="limit"):
        plan(style(name, LimitRange()), limit=limit)


@pytest.mark.parametrize("name", STYLES)
def test_another_styles_cursor_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="does not fit"):
        plan(style(name, LimitRange()), limit=5, cursor={"style": "other", "at": 1})


def test_a_changed_limit_goes_on_where_the_last_page_ended() -> None:
    limits = LimitRange(minimum=10, maximum=20, default=10)
    for name in STYLES:
        pagination, provider = style(name, limits), provider_of(name, 50, limits)
        _, first = ask(pagination, provider, 3)
        _, second = ask(pagination, provider, 5, first.next)
        assert (first.records + second.records)[:8] == list(range(8)), name


def test_records_that_vanish_between_calls_do_not_stop_the_paging() -> None:
    limits = LimitRange(minimum=10, maximum=10, default=10)
    cursor = {"style": "page", "at": 1, "skip": 9, "size": 10}
    lying = PagePagination(style="page", limit=limits, has_more="true")
    _, result = ask(lying, lambda _query, _headers: Answered([1, 2, 3], {}), 3, cursor)
    assert result.records == []
    assert result.next is not None
    assert result.next["at"] == 2
