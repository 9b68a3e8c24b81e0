"""What a list asks for, and its envelope."""

from collections.abc import Mapping
from typing import Any

import pytest

from waypost.base.errors import InvalidRequest
from waypost.base.listing import MOST_ROWS, Kind, Page
from waypost.base.page import CursorSeal
from waypost.engine.query import parse_query
from waypost.kernel.environments import Caller
from waypost.kernel.wire import Asked, Wanted, empty_list, page_of, read_list

SEAL = CursorSeal(b"k" * 32)
FIELDS: Mapping[str, Kind] = {
    "name": "text",
    "is_on": "boolean",
    "owner.name": "text",
    "created_at": "moment",
}
ROWS: list[dict[str, Any]] = [
    {"name": "a", "is_on": True, "owner": {"name": "ada"}},
    {"name": "b", "is_on": False, "owner": {"name": "bob"}},
    {"name": "c", "is_on": True, "owner": None},
]


def ask(raw: str, environment: str | None = "e1") -> Asked:
    kind = "operator" if environment is None else "api_token"
    return Asked(Caller(kind, environment), parse_query(raw))  # type: ignore[arg-type]


def wanted(raw: str, environment: str | None = "e1", resource: str = "things") -> Wanted:
    return read_list(ask(raw, environment), SEAL, resource, FIELDS, ignored=("features",))


def names(raw: str) -> list[str]:
    page = page_of(ROWS, wanted(raw).listing)
    return [row["name"] for row in page.items]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("", "abc"),
        ("next_cursor=", "abc"),
        ("limit=", "abc"),
        ("name=b", "b"),
        ("name[in]=a,c", "ac"),
        ("name[]=a&name[]=b", "ab"),
        ("name[0]=a&name[1]=b", "ab"),
        ("name=a&name=c", "ac"),
        ("name[nin]=a", "bc"),
        ("name[ne]=a", "bc"),
        ("name[like]=%25B%25", "b"),
        ("name[gt]=a&name[lt]=c", "b"),
        ("name[gte]=b", "bc"),
        ("name[lte]=b", "ab"),
        ("is_on=true", "ac"),
        ("owner.name=bob", "b"),
        ("owner[name]=bob", "b"),
        ("owner.name[gt]=a", "ab"),
        ("sort=-created_at", "cba"),
        ("features.super_query=true", "abc"),
        ("features[super_query]=true", "abc"),
    ],
)
def test_rows_are_filtered(raw: str, found: str) -> None:
    assert "".join(names(raw)) == found


@pytest.mark.parametrize(
    "raw",
    [
        "nam=a",
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=1.5",
        "limit[]=1",
        "limit=" + "9" * 5000,
        "name[near]=a",
        "is_on=perhaps",
        "created_at=yesterday",
        "sort=name",
        "next_cursor[]=a",
        "next_cursor=tampered",
    ],
)
def test_what_means_nothing_is_refused(raw: str) -> None:
    with pytest.raises(InvalidRequest):
        wanted(raw)


def test_a_misspelt_filter_is_told_the_right_one() -> None:
    with pytest.raises(InvalidRequest, match="did you mean 'name'"):
        wanted("nmae=a")


def test_pages_are_followed_to_the_end() -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        question = wanted(f"limit=1&next_cursor={cursor}")
        answer = question.answer(page_of(ROWS, question.listing), dict)
        assert answer["limit"] == 1
        seen += [row["name"] for row in answer["result"]]
        cursor = answer["next_cursor"] or ""
    assert seen == ["a", "b", "c"]
    assert cursor == ""


def test_a_cursor_belongs_to_its_environment_list_and_query() -> None:
    question = wanted("limit=1&name[ne]=x")
    cursor = question.answer(page_of(ROWS, question.listing), dict)["next_cursor"]
    assert wanted(f"limit=2&name[ne]=x&next_cursor={cursor}").listing.after == {"seen": 1}
    for raw, environment, resource in (
        ("name[ne]=x", "e2", "things"),
        ("name[ne]=x", None, "things"),
        ("name[ne]=x", "e1", "others"),
        ("name[ne]=y", "e1", "things"),
    ):
        with pytest.raises(InvalidRequest):
            wanted(f"{raw}&next_cursor={cursor}", environment, resource)


def test_the_limit_is_capped_and_told() -> None:
    assert wanted("").answer(Page([]), dict)["limit"] == MOST_ROWS == 5000
    assert wanted("limit=99999").answer(Page([]), dict)["limit"] == 5000


def test_an_empty_list() -> None:
    assert empty_list(ask("limit=25&anything=goes")) == {
        "result": [],
        "next_cursor": None,
        "limit": 25,
    }
