"""JSON values as XML."""

from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.engine.xml_text import write_xml

HEAD = "<?xml version='1.0' encoding='utf-8'?>\n"

WRITTEN: list[tuple[dict[str, Any], str | None, str]] = [
    ({"a": 1, "b": True, "c": None}, "r", "<r><a>1</a><b>true</b><c /></r>"),
    ({"r": {"a": ["x", "y"]}}, None, "<r><a>x</a><a>y</a></r>"),
    ({"@id": "1", "#text": "t"}, "r", '<r id="1">t</r>'),
    ({"a": "<&>\"'"}, "r", "<r><a>&lt;&amp;&gt;\"'</a></r>"),
    ({"@q": '"<'}, "r", '<r q="&quot;&lt;" />'),
    ({"soap:Body": {}}, "soap:Envelope", "<soap:Envelope><soap:Body /></soap:Envelope>"),
    ({"r": "é"}, None, "<r>é</r>"),
]


@pytest.mark.parametrize(("value", "root", "xml"), WRITTEN)
def test_writes(value: dict[str, Any], root: str | None, xml: str) -> None:
    assert write_xml(value, root).decode() == HEAD + xml


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("value", "root"),
    [
        ({"a": 1, "b": 2}, None),
        ({}, None),
        ({"a": ["x", "y"]}, None),
        ({"a b": 1}, "r"),
        ({"a><b": 1}, "r"),
        ({"@": 1}, "r"),
        ({"": 1}, "r"),
        ({"a": "\x00"}, "r"),
        ({"a": "\ud800"}, "r"),
        ({"@a": {"b": 1}}, "r"),
        ({"a": 1}, "1r"),
        (deep(100), "r"),
    ],
)
def test_refuses(value: dict[str, Any], root: str | None) -> None:
    with pytest.raises(InvalidRequest):
        write_xml(value, root)


@given(st.text())
def test_text_survives_or_is_refused(text: str) -> None:
    try:
        written = write_xml({"a": text, "@b": text}, "r")
    except InvalidRequest:
        return
    element = fromstring(written)
    # XML readers turn every line end into one newline, and spaces of attributes into blanks.
    assert (element.findtext("a") or "") == text.replace("\r\n", "\n").replace("\r", "\n")
    assert len(element) == 1
