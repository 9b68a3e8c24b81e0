"""Write a JSON value as XML."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from waypost.base.errors import InvalidRequest
from waypost.engine.query import write_leaf

_NAME = re.compile(r"[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?", re.ASCII)
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MAX_DEPTH = 64


def write_xml(value: Mapping[str, Any], root: str | None = None) -> bytes:
    """Return an XML document.

    Members are elements, `@name` an attribute, `#text` the text, a list repeats its element,
    null is an empty element. Without `root` the object's only member is the root.
    Raises `InvalidRequest` for names and characters that XML does not have.
    """
    if root is None:
        if len(value) != 1:
            raise InvalidRequest("An XML body has exactly one root element.")
        root, inner = next(iter(value.items()))
    else:
        inner = value
    if isinstance(inner, list | tuple):
        raise InvalidRequest("An XML body has exactly one root element.")
    element = Element(_name(root))
    _write(element, inner, 1)
    written: bytes = tostring(element, encoding="utf-8", xml_declaration=True)
    return written


def _write(element: Element, value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidRequest(f"An XML body is at most {MAX_DEPTH} levels deep.")
    if not isinstance(value, Mapping):
        element.text = None if value is None else _text(value)
        return
    for key, member in value.items():
        if key == "#text":
            element.text = _text(member)
        elif key.startswith("@"):
            element.set(_name(key[1:]), _text(member))
        else:
            for each in member if isinstance(member, list | tuple) else [member]:
                _write(SubElement(element, _name(key)), each, depth + 1)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise InvalidRequest(f"{text[:40]!r} is not the name of an XML element or attribute.")
    return text


def _text(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        raise InvalidRequest("An XML text or attribute is a single value.")
    text = write_leaf(value)
    if _UNWRITABLE.search(text):
        raise InvalidRequest("The body holds a character that XML does not have.")
    return text
