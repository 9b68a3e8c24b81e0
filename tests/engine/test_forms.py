"""Forms as whoever receives them reads them, and what is none."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.engine.forms import form_type, read_form

PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="to[0][email]"\r\n\r\nnia@y.test\r\n'
    b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nHello \xc3\xa9\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nno field\r\n'
    b"--x--\r\n"
)


@pytest.mark.parametrize(
    ("content_type", "body", "read"),
    [
        (
            "application/x-www-form-urlencoded",
            b"to%5B0%5D%5Bemail%5D=nia%2Bone%40y.test&to[1][email]=tom@y.test&text=a+b",
            {"to": [{"email": "nia+one@y.test"}, {"email": "tom@y.test"}], "text": "a b"},
        ),
        (
            "Multipart/Form-Data; boundary=x",
            PARTS,
            {"to": [{"email": "nia@y.test"}], "text": "Hello é"},
        ),
    ],
)
def test_what_a_form_says(content_type: str, body: bytes, read: dict[str, object]) -> None:
    headers = (("Content-Type", content_type),)
    assert form_type(headers) == content_type
    assert read_form(content_type, body) == read


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"a=\xff"),
        ("application/x-www-form-urlencoded", b"a=%ff"),
        ("application/x-www-form-urlencoded", b"a=1&a[b]=2"),
        ("multipart/form-data", PARTS),
        ("multipart/form-data; boundary=y", PARTS),
    ],
)
def test_what_is_none(content_type: str, body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_form(content_type, body)


def test_any_other_body_is_none() -> None:
    assert form_type((("content-type", "application/json"),)) is None
    assert form_type(()) is None
