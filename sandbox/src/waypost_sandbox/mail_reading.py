"""A MIME message read as the body of a send."""

from __future__ import annotations

import base64
import mimetypes
from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from email.utils import getaddresses
from typing import Any

from waypost_sandbox.world.things import Json

# Written anew for each recipient, or of no meaning beyond the first hop.
_NOT_COPIED = frozenset(
    {
        "from",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "received",
        "return-path",
        "x-mailersend-tags",
    }
)
TAGS_HEADER = "X-MailerSend-Tags"


# The library reads a header in a time that grows with the square of its length.
LONGEST_HEADER = 20_000
MOST_HEADERS = 2_000
# Each may stand inside the one before, and every line is held against every boundary.
MOST_MULTIPARTS = 100


class UnreadableMail(ValueError):
    """Say that what came is no message."""


class _BoundedPolicy(EmailPolicy):
    """The library's policy, for headers of all parts together up to a number and a length."""

    seen: Counter[str] | None = None

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Take one header as it came; raise UnreadableMail beyond the bounds."""
        if sum(map(len, sourcelines)) > LONGEST_HEADER:
            raise UnreadableMail("one of its headers is too long")
        name, value = super().header_source_parse(sourcelines)
        if self.seen is not None:
            is_multipart = name.lower() == "content-type" and "multipart" in value.lower()
            self.seen.update(("headers", *(["multiparts"] if is_multipart else [])))
            if self.seen["headers"] > MOST_HEADERS or self.seen["multiparts"] > MOST_MULTIPARTS:
                raise UnreadableMail("it has too many headers or parts")
        return name, value


def parse_mail(content: bytes) -> EmailMessage:
    """Parse a message; what is wrong in it stays in it, as far as it is bounded."""
    policy: Any = _BoundedPolicy()
    parsed: EmailMessage = message_from_bytes(content, policy=policy.clone(seen=Counter()))
    return parsed


def read_mail(content: bytes, recipients: list[str]) -> Json:
    """Read a message as a send to the envelope's recipients; unknown ones are blind copies."""
    try:
        return _read(parse_mail(content), recipients)
    except Exception as error:  # the library's parser trips over some of what the world sends
        raise UnreadableMail(str(error)) from error


def _read(parsed: EmailMessage, recipients: list[str]) -> Json:
    senders = _people(parsed, "from")
    body: Json = {
        "from": senders[0] if senders else {},
        "subject": _header(parsed, "subject"),
        **_read_people(parsed, recipients),
        **_read_content(parsed),
    }
    replies = _people(parsed, "reply-to")
    if replies:
        body["reply_to"] = replies[0]
    tags = _header(parsed, TAGS_HEADER)
    if tags:
        body["tags"] = [tag.strip() for tag in tags.split(",") if tag.strip()]
    body["smtp_headers"] = [
        {"name": name, "value": str(value)}
        for name, value in parsed.items()
        if name.lower() not in _NOT_COPIED and not name.lower().startswith("content-")
    ]
    return {key: value for key, value in body.items() if value not in (None, [])}


def _header(parsed: EmailMessage, name: str) -> str | None:
    value = parsed.get(name)
    return None if value is None else " ".join(str(value).split())


def _people(parsed: EmailMessage, name: str) -> list[Json]:
    values = [str(value) for value in parsed.get_all(name, [])]
    return [
        # Names with these signs are fine in mail, but not in the API's rules.
        {"email": address, "name": shown.replace(",", " ").replace(";", " ") or None}
        for shown, address in getaddresses(values)
        if address
    ]


def _read_people(parsed: EmailMessage, recipients: list[str]) -> Json:
    left = {address.lower(): address for address in recipients}
    people: Json = {}
    for field in ("to", "cc"):
        people[field] = [
            person for person in _people(parsed, field) if left.pop(person["email"].lower(), None)
        ]
    blind = [{"email": address} for address in left.values()]
    if people["to"]:
        return {**people, "bcc": blind}
    return {**people, "to": blind}


def _read_content(parsed: EmailMessage) -> Json:
    plain, rich = parsed.get_body(("plain",)), parsed.get_body(("html",))
    content: Json = {
        "text": text_of(plain) if plain is not None else None,
        "html": text_of(rich) if rich is not None else None,
    }
    content["attachments"] = [
        _read_attachment(part, place)
        for place, part in enumerate(walk_attachments(parsed), start=1)
    ]
    return content


def walk_attachments(parsed: EmailMessage) -> list[Message]:
    """Return every part that is not one of the two bodies, in order."""
    bodies = [parsed.get_body(("plain",)), parsed.get_body(("html",))]
    found: list[Message] = []
    waiting: list[Message] = [parsed]
    while waiting:
        part = waiting.pop(0)
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            held = part.get_payload()
            waiting = [each for each in held if isinstance(each, Message)] + waiting
        elif not any(part is body for body in bodies):
            found.append(part)
    return found


def text_of(part: Message) -> str:
    """Return a text part's words, whatever it says of its letters."""
    payload = read_bytes(part)
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace").replace(
            "\r\n", "\n"
        )
    except LookupError:
        return payload.decode("utf-8", "replace").replace("\r\n", "\n")


def read_bytes(part: Message) -> bytes:
    """Return a part's content; a message inside a message is returned whole."""
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    held = part.get_payload()
    if isinstance(held, list) and held and isinstance(held[0], Message):
        return held[0].as_bytes()
    return b""


def name_of(part: Message, place: int) -> str:
    """Return a part's file name, made from its kind where it has none."""
    given = part.get_filename()
    if given:
        return str(given)
    if part.get_content_type() == "message/rfc822":
        return f"attachment-{place}.eml"
    return f"attachment-{place}{mimetypes.guess_extension(part.get_content_type()) or '.txt'}"


def _read_attachment(part: Message, place: int) -> Json:
    content_id = str(part.get("Content-ID") or "").strip().strip("<>") or None
    is_inline = part.get_content_disposition() == "inline" or (
        content_id is not None and part.get_content_disposition() is None
    )
    return {
        "filename": name_of(part, place),
        "content": base64.b64encode(read_bytes(part)).decode("ascii"),
        "disposition": "inline" if is_inline else "attachment",
        "id": content_id if is_inline else None,
    }
