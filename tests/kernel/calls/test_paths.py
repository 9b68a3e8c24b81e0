from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.kernel.calls.paths import refuse_escape

PIECES = st.sampled_from(
    ["a", ".", "..", "/", "//", "%2e", "%2E", "%2f", "\\", "%5c", "b.c", "%25"]
)


@pytest.mark.parametrize(
    "path",
    ["", "a", "a/b", "a//b", "a/b/", "a.b/..c/d..", "...", "a%20b", "%C3%A9", "a%2fb", "x;y=1"],
)
def test_ordinary_paths_pass(path: str) -> None:
    refuse_escape(path)


@pytest.mark.parametrize(
    "path",
    [
        "..",
        ".",
        "a/..",
        "../a",
        "a/../b",
        "a/./b",
        "%2e%2e/a",
        "a/.%2E",
        "a%2f..",
        "..%2fa",
        "a\\..\\b",
        "a%5c..%5cb",
        "a/%2e",
        "a b",
        "a\nb",
        "a#b",
        "a\x00",
        "a\x7f",
    ],
)
def test_paths_that_climb_or_are_none_are_refused(path: str) -> None:
    with pytest.raises(InvalidRequest):
        refuse_escape(path)


@given(st.lists(PIECES, max_size=10).map("".join))
def test_whatever_passes_stays_under_the_base(path: str) -> None:
    try:
        refuse_escape(path)
    except InvalidRequest:
        return
    for seen in (path, unquote(path).replace("\\", "/")):
        where = urlsplit(urljoin("https://h.test/v1/x/", f"./{seen}")).path
        assert where.startswith("/v1/x/"), path
