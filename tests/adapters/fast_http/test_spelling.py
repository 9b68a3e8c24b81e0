"""A request as bytes."""

import pytest

from waypost.adapters.fast_http.spelling import is_chunked, spelled, split_url
from waypost.base.errors import InvalidRequest, ProviderUnreachable
from waypost.engine.transport import OutgoingRequest


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("http://a.test/x?y=1", "http://a.test", "/x?y=1"),
        ("HTTPS://a.test:8443/x", "https://a.test:8443", "/x"),
        ("http://a.test", "http://a.test", "/"),
        ("http://a.test?x", "http://a.test", "/?x"),
        ("http://a.test/x?", "http://a.test", "/x?"),
        ("http://a.test/x#part", "http://a.test", "/x"),
        ("http://a.test/%zz//b/é", "http://a.test", "/%zz//b/%C3%A9"),
        ("http://[::1]:1/x", "http://[::1]:1", "/x"),
    ],
)
def test_a_url_is_where_and_what(url: str, origin: str, target: str) -> None:
    assert split_url(url) == (origin, target)


@pytest.mark.parametrize(
    "url", ["", "a.test/x", "http://a.test/x y", "http://a.test/\r\nX: y", "http://a.test/\0"]
)
def test_what_cannot_be_asked_for_is_refused(url: str) -> None:
    with pytest.raises(ProviderUnreachable, match="address is not valid"):
        split_url(url)


def test_headers_leave_as_the_bytes_they_stand_for() -> None:
    given = (("x-a", "caf\xe9"), ("host", "forged"), ("x-a", " two "), ("x-b", "\u20ac"))
    request = OutgoingRequest("GET", "http://a.test/x", given)
    assert spelled(request, "/x", b"a.test") == (
        b"GET /x HTTP/1.1\r\nHost: a.test\r\nx-a: caf\xe9\r\nx-a:  two \r\nx-b: \xe2\x82\xac\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("headers", "body", "end"),
    [
        ((), b"abc", b"content-length: 3\r\n\r\nabc"),
        ((), b"", b"content-length: 0\r\n\r\n"),
        ((("content-length", "3"),), b"abc", b"content-length: 3\r\n\r\nabc"),
    ],
)
def test_a_whole_body_goes_with_its_length(headers, body: bytes, end: bytes) -> None:
    request = OutgoingRequest("POST", "http://a.test/x", headers, body)
    assert spelled(request, "/x", b"a.test") == b"POST /x HTTP/1.1\r\nHost: a.test\r\n" + end


@pytest.mark.parametrize(
    ("name", "value"),
    [("x", "a\r\nb: c"), ("x", "a\nb"), ("x", "a\0"), ("x\r\ny", "a"), ("x y", "a"), ("", "a")],
)
def test_a_header_is_one_header(name: str, value: str) -> None:
    with pytest.raises(InvalidRequest):
        spelled(OutgoingRequest("GET", "http://a.test/x", ((name, value),)), "/x", b"a.test")


def test_a_verb_is_a_word() -> None:
    with pytest.raises(InvalidRequest):
        spelled(OutgoingRequest("GET /evil HTTP/1.1\r\nX:", "http://a.test/x"), "/x", b"a.test")


def test_a_body_in_pieces_is_chunked_unless_its_length_is_told() -> None:
    assert is_chunked((("x-a", "1"),))
    assert not is_chunked((("content-length", "3"),))
