import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.engine.xml_reading import read_xml
from waypost.engine.xml_text import write_xml


def test_elements_attributes_texts_and_lists():
    document = b"""<?xml version="1.0" encoding="UTF-8"?>
    <r a="1"><b>x</b><b>y &amp; z</b><c/><d e="2">t</d><f><g> h </g></f></r>"""
    assert read_xml(document) == {
        "r": {
            "@a": "1",
            "b": ["x", "y & z"],
            "c": None,
            "d": {"@e": "2", "#text": "t"},
            "f": {"g": "h"},
        }
    }


def test_other_encodings_are_read_as_declared():
    assert read_xml('<?xml version="1.0" encoding="ISO-8859-1"?><r>é</r>'.encode("latin-1")) == {
        "r": "é"
    }


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<r>",
        b"<r></x>",
        b"not xml",
        b"<a/><b/>",
        b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>',
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
        b"<r>&undefined;</r>",
        b"<a>" * 100 + b"</a>" * 100,
    ],
)
def test_what_is_broken_or_could_harm_is_refused(document):
    with pytest.raises(ValueError):
        read_xml(document)


@given(st.binary())
def test_nothing_else_is_raised(document):
    with contextlib.suppress(ValueError):
        read_xml(document)


texts = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)


@given(
    st.recursive(
        texts,
        lambda inner: st.dictionaries(st.sampled_from(["a", "b"]), inner, min_size=1),
        max_leaves=8,
    )
)
def test_what_is_written_is_read_back(value):
    assert read_xml(write_xml({"root": value})) == {"root": value}
