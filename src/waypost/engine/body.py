"""Write a call's body in the format its method declares."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from msgspec import Struct

from waypost.base.errors import InvalidRequest
from waypost.engine.json_text import encode_json
from waypost.engine.manifest.integration import Method, QueryArrayFormat
from waypost.engine.multipart import write_multipart
from waypost.engine.query import encode_query

_BINARY = "application/octet-stream"


class Body(Struct, frozen=True):
    """The bytes of a body and their media type; both None when there is no body."""

    content: bytes | AsyncIterator[bytes] | None = None
    content_type: str | None = None

    def __repr__(self) -> str:
        return f"Body({self.content_type})"


def build_body(
    method: Method, value: Any, raw_type: str | None, array_format: QueryArrayFormat
) -> Body:
    """Return the body of a call; bytes and streams go out as they are, typed `raw_type`.

    Raises `InvalidRequest` when the value does not suit the method's format.
    """
    if value is None:
        return Body()
    if isinstance(value, bytes | bytearray | memoryview):
        return Body(bytes(value), raw_type or _BINARY)
    if hasattr(value, "__aiter__"):
        return Body(value, raw_type or _BINARY)
    return _WRITERS[method.body_format](method, value, raw_type, array_format)


def _json(_method: Method, value: Any, _raw_type: str | None, _format: QueryArrayFormat) -> Body:
    return Body(encode_json(value), "application/json")


def _form(_method: Method, value: Any, _raw_type: str | None, _format: QueryArrayFormat) -> Body:
    fields = _object(value, "form")
    return Body(encode_query(fields, _format).encode(), "application/x-www-form-urlencoded")


def _multipart(
    _method: Method, value: Any, _raw_type: str | None, _format: QueryArrayFormat
) -> Body:
    content, content_type = write_multipart(_object(value, "multipart"))
    return Body(content, content_type)


def _raw(_method: Method, value: Any, raw_type: str | None, _format: QueryArrayFormat) -> Body:
    if not isinstance(value, str):
        raise InvalidRequest("This method takes its body as text or bytes.")
    return Body(_utf8(value), raw_type or "text/plain; charset=utf-8")


def _xml(method: Method, value: Any, _raw_type: str | None, _format: QueryArrayFormat) -> Body:
    if isinstance(value, str):
        return Body(_utf8(value), "application/xml; charset=utf-8")
    # The library for the few who speak XML: decision 0017.
    from waypost.engine.xml_text import write_xml  # noqa: PLC0415

    return Body(write_xml(_object(value, "XML"), method.xml_root), "application/xml; charset=utf-8")


_WRITERS: dict[str, Callable[[Method, Any, str | None, QueryArrayFormat], Body]] = {
    "json": _json,
    "form": _form,
    "multipart": _multipart,
    "raw": _raw,
    "xml": _xml,
}


def _object(value: Any, kind: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidRequest(f"The body of this method is an object, sent as {kind}.")
    return value


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The body is not valid text.") from None
