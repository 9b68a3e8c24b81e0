"""Headers cross as they do by the usual way, whether they are known or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.asgi import HeaderPairs
from waypost.features.passthrough.carried import MOST_KNOWN, Carried
from waypost.features.passthrough.headers import response_headers

HEEDED = frozenset({b"x-left", b"ratelimit-remaining", b"te"})

_PAIRS = st.tuples(
    st.sampled_from(
        (
            *(b"x-a", b"x-b", b"x-left", b"connection", b"keep-alive", b"set-cookie", b"close"),
            *(
                b"content-length",
                b"ratelimit-remaining",
                b"ratelimit-limit",
                b"waypost-origin",
                b"te",
            ),
        )
    ),
    st.sampled_from((b"1", b"2", b"keep-alive", b"close", b"x-a, x-left", b"\xe9", b"Keep-Alive")),
)


@given(st.lists(st.lists(_PAIRS, max_size=6), max_size=4), st.sampled_from((200, 204, 304, 404)))
def test_headers_cross_as_by_the_usual_way(answers: list[HeaderPairs], status: int) -> None:
    carried = Carried(HEEDED)
    for headers in [*answers, *answers]:  # unknown ones, then known ones
        lines, learnt, is_limited = carried.across(status, headers)
        texts = tuple((name.decode(), value.decode("latin-1")) for name, value in headers)
        expected = response_headers(status, texts)
        assert [line for line in lines if line] == [b"%b: %b\r\n" % pair for pair in expected]
        heeded = [pair for pair in texts if pair[0] in ("x-left", "ratelimit-remaining")]
        assert list(learnt) == heeded
        assert is_limited is any(name.startswith("ratelimit-") for name, _ in texts)


@pytest.mark.parametrize("name", [b"x-a", b"x-left"])
def test_what_is_remembered_is_bounded(name: bytes) -> None:
    carried = Carried(HEEDED)
    for number in range(MOST_KNOWN + 10):
        value = b"%d" % number
        assert carried.across(200, [(name, value)])[0] == [b"%b: %b\r\n" % (name, value)]
        carried.across(200, [(b"set-cookie", value), (name, value + b"x" * 300)])
    for known in (carried._lines, carried._learnt):
        assert len(known) <= MOST_KNOWN
        assert all(pair[0] != b"set-cookie" and len(pair[1]) < 300 for pair in known)
