"""Write multipart/form-data (RFC 7578)."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.base.ids import random_bytes
from waypost.engine.json_text import encode_json
from waypost.engine.query import write_leaf

_FILE_KEYS = frozenset({"filename", "content_type", "content_base64"})
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(; ?[\w!#$&^.+-]+=[\w!#$&^.+-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file in a form."""

    content: bytes
    filename: str = "file"
    content_type: str = "application/octet-stream"

    def __repr__(self) -> str:
        return f"FilePart({self.content_type})"


def write_multipart(fields: Mapping[str, Any], boundary: str | None = None) -> tuple[bytes, str]:
    """Return the body and its Content-Type.

    Scalars are fields, lists repeat their name, bytes and `FilePart` are files, and so is an
    object `{content_base64, filename?, content_type?}`; any other object goes out as JSON. None
    is left out. Raises `InvalidRequest` for a broken base64 text or media type.
    """
    chosen = boundary or f"waypost-{random_bytes(16).hex()}"
    out = bytearray()
    for name, value in _flat(fields):
        out += f"--{chosen}\r\n".encode()
        out += _part(name, value)
        out += b"\r\n"
    out += f"--{chosen}--\r\n".encode()
    return bytes(out), f"multipart/form-data; boundary={chosen}"


def _flat(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        members = value if isinstance(value, list | tuple) else [value]
        yield from ((name, member) for member in members if member is not None)


def _part(name: str, value: Any) -> bytes:
    part = _as_file(value)
    disposition = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if part is not None:
        if not _MEDIA_TYPE.fullmatch(part.content_type):
            raise InvalidRequest(f"The file in {name} has a content type that is none.")
        head = (
            f'{disposition}; filename="{_quoted(part.filename)}"\r\n'
            f"Content-Type: {part.content_type}"
        )
        return _encoded(head) + b"\r\n\r\n" + part.content
    if isinstance(value, Mapping | list | tuple):
        head, content = f"{disposition}\r\nContent-Type: application/json", encode_json(value)
    else:
        head, content = disposition, _encoded(write_leaf(value))
    return _encoded(head) + b"\r\n\r\n" + content


def _as_file(value: Any) -> FilePart | None:
    if isinstance(value, FilePart):
        return value
    if isinstance(value, bytes):
        return FilePart(value)
    if isinstance(value, Mapping) and "content_base64" in value and set(value) <= _FILE_KEYS:
        return _from_base64(value)
    return None


def _from_base64(value: Mapping[str, Any]) -> FilePart:
    try:
        content = base64.b64decode(str(value["content_base64"]), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("content_base64 is not base64.") from None
    return FilePart(
        content,
        str(value.get("filename") or "file"),
        str(value.get("content_type") or "application/octet-stream"),
    )


def _quoted(text: str) -> str:
    # What browsers do (HTML, multipart/form-data encoding): these three and nothing else.
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The body is not valid text.") from None
