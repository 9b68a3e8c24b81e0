"""The two paginators of the wire, with their quirks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from waypost_sandbox.wire.answer import Answer, answer_json
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.check import Check
from waypost_sandbox.world.things import Json

Row = TypeVar("Row")

_EACH_SIDE = 3
_WINDOW = _EACH_SIDE + 4
_ALL_SHOWN_BELOW = _EACH_SIDE * 2 + 8


@dataclass(frozen=True, slots=True)
class Paging:
    """How one list pages; the numbers differ by resource."""

    per_page: int = 25
    min_limit: int = 10
    max_limit: int = 100
    max_page: int | None = None
    keeps_limit: bool = False
    per_page_is_text: bool = False
    # One list writes the size as text when it was given, as a number when it was not.
    per_page_as_given: bool = False
    shows_current_url: bool = False
    first_query: str | None = None


@dataclass(slots=True)
class _Page:
    number: int
    size: int
    url: str
    keep: str
    wrote_limit: bool

    def link(self, number: int) -> str:
        return f"{self.url}?{self.keep}page={number}"


def check_paging(check: Check, paging: Paging) -> None:
    """Check `page` and `limit`; that out of range is a 422 is a GUESS."""
    check.field("page").integer().at_least(1).at_most(paging.max_page)
    check.field("limit").integer().at_least(paging.min_limit).at_most(paging.max_limit)


def _read_page(call: Call, paging: Paging) -> _Page:
    query = call.read_query()
    check = Check(query)
    check_paging(check, paging)
    check.refuse_if_wrong()
    limit = query.get("limit") or None
    keep = f"limit={limit}&" if paging.keeps_limit and limit else ""
    size = int(limit) if limit else paging.per_page
    return _Page(int(query.get("page") or 1), size, call.full_url, keep, limit is not None)


def answer_simple(
    call: Call,
    rows: Sequence[Row],
    show: Callable[[Row], Any],
    paging: Paging = Paging(),
) -> Answer:
    """Answer one page without totals: `last` is always null."""
    page = _read_page(call, paging)
    start = (page.number - 1) * page.size
    shown = rows[start : start + page.size]
    has_more = len(rows) > start + page.size
    first = f"{page.url}?{paging.first_query}" if paging.first_query else page.link(1)
    links = {
        "first": first,
        "last": None,
        "prev": page.link(page.number - 1) if page.number > 1 else None,
        "next": page.link(page.number + 1) if has_more else None,
    }
    is_text = paging.per_page_is_text or (paging.per_page_as_given and page.wrote_limit)
    meta: Json = {"current_page": page.number}
    if paging.shows_current_url or call.account.settings.current_page_url:
        meta["current_page_url"] = page.link(page.number)
    meta["from"] = start + 1 if shown else None
    meta["path"] = page.url
    meta["per_page"] = str(page.size) if is_text else page.size
    meta["to"] = start + len(shown) if shown else None
    return answer_json({"data": [show(row) for row in shown], "links": links, "meta": meta})


def answer_counted(
    call: Call,
    rows: Sequence[Row],
    show: Callable[[Row], Any],
    paging: Paging = Paging(),
) -> Answer:
    """Answer one page with totals and numbered links."""
    page = _read_page(call, paging)
    start = (page.number - 1) * page.size
    shown = rows[start : start + page.size]
    last = max(1, -(-len(rows) // page.size))
    previous = page.link(page.number - 1) if page.number > 1 else None
    following = page.link(page.number + 1) if page.number < last else None
    meta = {
        "current_page": page.number,
        "from": start + 1 if shown else None,
        "last_page": last,
        "links": [
            {"url": previous, "label": "&laquo; Previous", "active": False},
            *_number_links(page, last),
            {"url": following, "label": "Next &raquo;", "active": False},
        ],
        "path": page.url,
        "per_page": page.size,
        "to": start + len(shown) if shown else None,
        "total": len(rows),
    }
    links = {
        "first": page.link(1),
        "last": page.link(last),
        "prev": previous,
        "next": following,
    }
    return answer_json({"data": [show(row) for row in shown], "links": links, "meta": meta})


def _number_links(page: _Page, last: int) -> list[Json]:
    shown: list[Json] = []
    for block in _blocks(page.number, last):
        if shown:
            shown.append({"url": None, "label": "...", "active": False})
        shown += [
            {"url": page.link(number), "label": str(number), "active": number == page.number}
            for number in block
        ]
    return shown


def _blocks(current: int, last: int) -> list[range]:
    """Split the page numbers as Laravel's window does when there are many."""
    if last < _ALL_SHOWN_BELOW:
        return [range(1, last + 1)]
    beginning, ending = range(1, 3), range(last - 1, last + 1)
    if current <= _WINDOW:
        return [range(1, _WINDOW + _EACH_SIDE + 1), ending]
    if current > last - _WINDOW:
        return [beginning, range(last - (_WINDOW + _EACH_SIDE - 1), last + 1)]
    return [beginning, range(current - _EACH_SIDE, current + _EACH_SIDE + 1), ending]
