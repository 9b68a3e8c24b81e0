"""Read XML as a JSON value; documents with a DTD, and so with entities, are refused."""

from typing import Any
from xml.parsers import expat

MAX_DEPTH = 64


def read_xml(document: bytes) -> dict[str, Any]:
    """Return `{root: value}`: attributes as `@name`, text as text or `#text`, repeats as lists.

    An empty element is None. Raises ValueError for what is not well-formed, declares a DTD, or is
    more than 64 levels deep.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "not well-formed")
    else:
        return reader.top
    raise ValueError(reason)


def _refuse_doctype(*_: Any) -> None:
    raise ValueError("a document type declaration is not read")


class _Reader:
    def __init__(self) -> None:
        self.top: dict[str, Any] = {}
        self._open: list[dict[str, Any]] = [self.top]
        self._texts: list[list[str]] = [[]]

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > MAX_DEPTH:
            raise ValueError("it is nested too deeply")
        self._open.append({f"@{name}": value for name, value in attributes.items()})
        self._texts.append([])

    def text(self, text: str) -> None:
        self._texts[-1].append(text)

    def end(self, name: str) -> None:
        members = self._open.pop()
        text = "".join(self._texts.pop()).strip()
        value: Any = text or None
        if members:
            value = {**members, "#text": text} if text else members
        parent = self._open[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]
