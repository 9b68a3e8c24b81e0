"""Each body format's bytes and its Content-Type."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.acme import method

from waypost.base.errors import InvalidRequest
from waypost.engine.body import build_body


def build(body_format: str, value: Any, raw_type: str | None = None, **changes: Any) -> Any:
    body = build_body(
        method("POST", body_format=body_format, **changes), value, raw_type, "brackets"
    )
    return body.content, body.content_type


WRITTEN = [
    ("json", {"a": "é", "n": 2**70}, b'{"a":"\xc3\xa9","n":1180591620717411303424}', "application/json"),
    ("json", [1, None], b"[1,null]", "application/json"),
    ("json", "text", b'"text"', "application/json"),
    ("json", False, b"false", "application/json"),
    ("form", {"a": ["x", "y"], "b": "1 2"}, b"a%5B%5D=x&a%5B%5D=y&b=1%202", "application/x-www-form-urlencoded"),
    ("raw", "é", b"\xc3\xa9", "text/plain; charset=utf-8"),
    ("xml", "<a/>", b"<a/>", "application/xml; charset=utf-8"),
]  # fmt: skip


@pytest.mark.parametrize(("body_format", "value", "content", "content_type"), WRITTEN)
def test_writes(body_format: str, value: Any, content: bytes, content_type: str) -> None:
    assert build(body_format, value) == (content, content_type)


@pytest.mark.parametrize("body_format", ["json", "form", "multipart", "raw", "xml"])
def test_no_body_has_no_type(body_format: str) -> None:
    assert build(body_format, None) == (None, None)


@pytest.mark.parametrize("body_format", ["json", "form", "multipart", "raw", "xml"])
def test_bytes_go_out_as_they_are(body_format: str) -> None:
    assert build(body_format, b"\x00x") == (b"\x00x", "application/octet-stream")
    assert build(body_format, b"{}", "application/json") == (b"{}", "application/json")


def test_a_stream_goes_out_as_it_is() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    stream = chunks()
    assert build("json", stream, "image/png") == (stream, "image/png")


def test_multipart_and_xml_use_their_writers() -> None:
    content, content_type = build("multipart", {"a": "x"})
    assert content_type.removeprefix("multipart/form-data; boundary=").encode() in content
    assert b"<order><a>1</a></order>" in build("xml", {"a": 1}, xml_root="order")[0]


@pytest.mark.parametrize(
    ("body_format", "value"),
    [
        ("form", ["x"]),
        ("form", "x"),
        ("multipart", [1]),
        ("raw", {"a": 1}),
        ("xml", [1]),
        ("raw", "\ud800"),
    ],
)
def test_a_body_that_does_not_suit_its_format_is_refused(body_format: str, value: Any) -> None:
    with pytest.raises(InvalidRequest):
        build(body_format, value)


def test_a_body_is_not_shown() -> None:
    body = build_body(method("POST"), {"password": "hidden"}, None, "brackets")
    assert "hidden" not in repr(body)
