from hypothesis import given
from hypothesis import strategies as st

from waypost.features.passthrough.headers import (
    HOP_BY_HOP,
    OURS,
    nominated,
    request_headers,
    response_headers,
)

NAMES = st.sampled_from(
    ["connection", "x-a", "x-b", "te", "cookie", "set-cookie", "authorization", "content-type"]
)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=8)
HEADERS = st.lists(st.tuples(NAMES, st.one_of(VALUES, st.sampled_from(["x-a", "close, X-B"]))))


def as_bytes(headers):
    return [(name.encode(), value.encode("latin-1")) for name, value in headers]


def test_connection_nominates_headers_in_any_case_and_number() -> None:
    pairs = [(b"connection", b"close, X-One"), (b"x-one", b"1"), (b"connection", b" x-TWO ")]
    assert nominated(pairs) == {b"close", b"x-one", b"x-two"}


def test_the_accounts_credentials_replace_the_callers() -> None:
    pairs = [(b"x-api-key", b"callers"), (b"authorization", b"Bearer ours"), (b"x-a", b"1")]
    credentials = (("X-Api-Key", "accounts"),)
    assert request_headers(pairs, credentials) == (("x-a", "1"), ("X-Api-Key", "accounts"))


def test_length_of_an_unsent_body_is_left_out_of_a_304() -> None:
    headers = (("content-length", "9"), ("etag", "x"))
    assert response_headers(304, headers) == [(b"etag", b"x")]
    assert response_headers(200, headers) == [(b"content-length", b"9"), (b"etag", b"x")]


def test_a_provider_cannot_speak_in_our_name() -> None:
    assert response_headers(200, (("waypost-origin", "platform"), ("x-a", "1"))) == [(b"x-a", b"1")]


@given(HEADERS)
def test_what_leaves_is_the_callers_headers_without_hops_and_ours(headers) -> None:
    pairs = as_bytes(headers)
    kept = as_bytes(request_headers(pairs, (("authorization", "secret"),)))
    assert kept[-1] == (b"authorization", b"secret")
    gone = HOP_BY_HOP | OURS | nominated(pairs)
    assert kept[:-1] == [pair for pair in pairs if pair[0] not in gone]


@given(HEADERS)
def test_what_comes_back_keeps_order_and_repetitions(headers) -> None:
    pairs = as_bytes(headers)
    gone = HOP_BY_HOP | nominated(pairs)
    assert response_headers(200, tuple(headers)) == [p for p in pairs if p[0] not in gone]
