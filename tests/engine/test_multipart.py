"""Forms with files, read back by the standard library's parser."""

from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.engine.multipart import FilePart, write_multipart


def parts(fields: dict[str, Any]) -> list[Message]:
    content, content_type = write_multipart(fields)
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + content)
    payload = message.get_payload()
    assert isinstance(payload, list)
    return [part for part in payload if isinstance(part, Message)]


def name_of(part: Message) -> Any:
    return part.get_param("name", header="content-disposition")


def test_fields_lists_and_files() -> None:
    read = parts(
        {
            "name": "Ada",
            "n": 3,
            "on": True,
            "tag": ["a", "b"],
            "none": None,
            "meta": {"x": 1},
            "file": FilePart(b"\x00\xff\r\n--", "a.bin", "application/pdf"),
            "raw": b"bytes",
        }
    )
    assert [(name_of(part), part.get_payload(decode=True)) for part in read] == [
        ("name", b"Ada"),
        ("n", b"3"),
        ("on", b"true"),
        ("tag", b"a"),
        ("tag", b"b"),
        ("meta", b'{"x":1}'),
        ("file", b"\x00\xff\r\n--"),
        ("raw", b"bytes"),
    ]
    assert read[6].get_filename() == "a.bin"
    assert read[6].get_content_type() == "application/pdf"
    assert read[7].get_content_type() == "application/octet-stream"


def test_a_file_from_json() -> None:
    (read,) = parts({"f": {"content_base64": "aGk=", "filename": "hi.txt", "content_type": "a/b"}})
    assert read.get_payload(decode=True) == b"hi"
    assert read.get_filename() == "hi.txt"


@pytest.mark.parametrize(
    "value",
    [{"content_base64": "not base64!"}, {"content_base64": "aGk=", "content_type": "a/b\r\nX: y"}],
)
def test_broken_files_are_refused(value: Any) -> None:
    with pytest.raises(InvalidRequest):
        write_multipart({"f": value})


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_a_name_cannot_end_its_header(name: str) -> None:
    content, _ = write_multipart({name: "v"}, boundary="b")
    head, _, rest = content.partition(b"\r\n\r\n")
    assert head.count(b"\r\n") == 1
    assert head.count(b'"') == 2
    assert rest == b"v\r\n--b--\r\n"


def test_boundaries_differ_and_an_empty_form_is_one() -> None:
    assert write_multipart({})[1] != write_multipart({})[1]
    assert write_multipart({}, boundary="b")[0] == b"--b--\r\n"


def test_text_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        write_multipart({"a": "\ud800"})


def test_a_file_shows_nothing_of_its_content() -> None:
    assert "hidden" not in repr(FilePart(b"hidden", "hidden.txt"))
