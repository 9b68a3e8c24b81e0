"""CSV as it is read and written."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.features.suppressions.shapes import Row, header_line, read_rows


def test_rows_are_read_with_their_lines() -> None:
    raw = '\ufeffEmail,reason,detail\r\nnia@y.test,complaint,"a ""b"", c"\r\ntom@y.test,,\r\n'
    assert read_rows(raw.encode()) == [
        Row(2, "nia@y.test", "complaint", None, None, None, 'a "b", c'),
        Row(3, "tom@y.test", "manual", None, None, None, None),
    ]


def test_an_exports_columns_are_known() -> None:
    assert read_rows(header_line().encode()) == []


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "'address'"),
        (b"name\nx", "'address'"),
        (b"address,colour\nx@y.test,red", "'colour' is not known"),
        (b"address,email\nx@y.test,y@y.test", "same name"),
        (b"address,reason\nx@y.test", "Line 2 has more or fewer"),
        (b"address\nx@y.test,z", "Line 2 has more or fewer"),
        (b'address\n"x@y.test', "unexpected end"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_by_line(raw: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read_rows(raw)
