"""A provider's page cut into smaller ones."""

from typing import Any

import pytest

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.pagination import LimitRange
from waypost.engine.paging.page import LAST_SLICE, PageRequest
from waypost.engine.paging.slices import END, TRAIL_LENGTH, Slice, cut, last_on_trail

PAGE = ["a", "b", "c", "d", "e"]


def request(skip: int, take: int | None) -> PageRequest:
    return PageRequest(skip=skip, take=take, size=5, position=2)


def at(number: int, skip: int) -> dict[str, Any]:
    return {"style": "page", "at": number, "skip": skip, "size": 5}


CUTS = [
    (0, 2, ["a", "b"], at(2, 2), at(1, LAST_SLICE)),
    (2, 2, ["c", "d"], at(2, 4), at(2, 0)),
    (4, 2, ["e"], at(3, 0), at(2, 2)),
    (LAST_SLICE, 2, ["e"], at(3, 0), at(2, 2)),
    (LAST_SLICE, 5, PAGE, at(3, 0), at(1, LAST_SLICE)),
    (LAST_SLICE, None, PAGE, at(3, 0), at(1, LAST_SLICE)),
    (0, None, PAGE, at(3, 0), at(1, LAST_SLICE)),
    (0, 9, PAGE, at(3, 0), at(1, LAST_SLICE)),
    (7, 2, [], at(3, 0), at(2, 5)),
]


@pytest.mark.parametrize(("skip", "take", "records", "following", "preceding"), CUTS)
def test_cut(skip: int, take: int | None, records: Any, following: Any, preceding: Any) -> None:
    result = cut("page", request(skip, take), PAGE, following=3, preceding=1)
    assert result.records == records
    assert result.next == following
    assert result.previous == preceding


def test_the_last_slice_of_the_last_page_has_no_next() -> None:
    assert cut("page", request(4, 2), PAGE, following=END, preceding=END).next is None
    assert cut("page", request(0, 2), PAGE, following=END, preceding=END).next == at(2, 2)
    assert cut("page", request(0, 2), PAGE, following=END, preceding=END).previous is None


def test_an_empty_page_still_leads_on() -> None:
    result = cut("page", request(0, 2), [], following=3, preceding=END)
    assert (result.records, result.next) == ([], at(3, 0))


def test_the_trail_stays_short() -> None:
    page = PageRequest(position="x", size=5, trail=tuple(range(TRAIL_LENGTH)))
    result = cut("cursor", page, PAGE, following="y", preceding=last_on_trail(page))
    assert result.next is not None
    assert result.next["trail"] == [*range(1, TRAIL_LENGTH), "x"]
    assert result.previous is not None
    assert result.previous["at"] == TRAIL_LENGTH - 1
    assert last_on_trail(PageRequest()) is END


def test_a_cursor_with_nonsense_is_refused() -> None:
    cursor = {"style": "page", "at": 1, "skip": "x"}
    with pytest.raises(InvalidRequest):
        Slice("page", LimitRange(), 5, cursor, first=1, can_ask=True)
