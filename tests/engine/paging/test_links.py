"""RFC 8288 as it is met in the wild."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.engine.paging.links import parse_links

READ = [
    ("", {}),
    ('<https://a.test/?p=2>; rel="next"', {"next": "https://a.test/?p=2"}),
    ("<?p=2>;rel=next", {"next": "?p=2"}),
    ('<?a=1,2;3>; rel="next", <?p=9>; rel="last"', {"next": "?a=1,2;3", "last": "?p=9"}),
    ('<?p=2>; title="a, b; c"; rel="next"', {"next": "?p=2"}),
    ('<?p=2>; title="a \\" b"; rel="next"', {"next": "?p=2"}),
    ('<?p=2>; rel="next last"', {"next": "?p=2", "last": "?p=2"}),
    ('<?p=2>; REL="NEXT"', {"next": "?p=2"}),
    ('<?p=2>; rel="prev"; rel="next"', {"prev": "?p=2"}),
    ('<?p=2>; rel="next", <?p=3>; rel="next"', {"next": "?p=2"}),
    ('<?p=1>; rel="prev",, <?p=2> ; rel = "next"', {"prev": "?p=1", "next": "?p=2"}),
    ("<?p=2>", {}),
    ("<?p=2>; crossorigin; rel=next", {"next": "?p=2"}),
    ("<?p=2; rel=next", {}),
    ("garbage", {}),
]


@pytest.mark.parametrize(("value", "links"), READ)
def test_reads(value: str, links: dict[str, str]) -> None:
    assert parse_links(value) == links


@given(st.text(alphabet='<>;,="\\ relnxt?', max_size=200))
def test_never_fails(value: str) -> None:
    assert isinstance(parse_links(value), dict)


@pytest.mark.parametrize(
    "value", ["<" * 20_000, "<a>;" * 20_000, '<a>;x="' + "\\" * 20_000, "," * 20_000]
)
def test_hostile_headers_are_read_quickly(value: str) -> None:
    assert parse_links(value) == {}
