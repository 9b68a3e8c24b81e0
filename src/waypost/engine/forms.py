"""Read a form that is passed on: URL-encoded or multipart, as nested objects and lists of texts."""

from email import message_from_bytes
from email.message import Message
from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.engine.query import nested, parse_pairs
from waypost.engine.transport import Headers

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 20_000


def form_type(headers: Headers) -> str | None:
    """Return the content type of a form with its parameters; None for any other body."""
    found = [value for name, value in headers if name.lower() == "content-type"]
    given = found[-1] if found else ""
    return given if given.partition(";")[0].strip().lower() in (URL_ENCODED, MULTIPART) else None


def read_form(content_type: str, body: bytes) -> dict[str, Any]:
    """Return a form's fields, its files left out; raises InvalidRequest for what is none."""
    if content_type.partition(";")[0].strip().lower() == URL_ENCODED:
        try:
            text = body.decode("ascii")
        except UnicodeDecodeError:
            raise InvalidRequest("The form is not URL-encoded.") from None
        return nested(parse_pairs(text, most=MOST_FIELDS))
    head = b"Content-Type: " + content_type.encode("latin-1", errors="replace") + b"\r\n\r\n"
    whole = message_from_bytes(head + body)
    parts = whole.get_payload()
    if not whole.is_multipart() or not isinstance(parts, list):
        raise InvalidRequest("The multipart body cannot be read.")
    named = ((_name(part), part) for part in parts if isinstance(part, Message))
    return nested([(name, _text(part)) for name, part in named if name is not None])


def _name(part: Message) -> str | None:
    """Return a field's name; None for a file."""
    if part.get_filename() is not None:
        return None
    name = part.get_param("name", header="content-disposition")
    return name if isinstance(name, str) and name else None


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode(errors="replace") if isinstance(payload, bytes) else ""
