"""The body that an inbound route's webhook is sent."""

from __future__ import annotations

import base64
import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import format_datetime, getaddresses

from waypost_sandbox.mail_reading import (
    name_of,
    parse_mail,
    read_bytes,
    text_of,
    walk_attachments,
)
from waypost_sandbox.world.outgoing import InboundMail
from waypost_sandbox.world.things import Json

_FOLD = re.compile(r"\r?\n(?=[ \t])")


def write_micro_time(mail: InboundMail) -> str:
    """Write when the mail came, with the microseconds that these payloads carry."""
    return mail.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_headers(raw: bytes) -> list[tuple[str, str]]:
    """Return the headers as they stand: undecoded, folded lines kept."""
    plain = message_from_bytes(raw)
    return [(name, _bare(str(value))) for name, value in plain.raw_items()]


def _bare(value: str) -> str:
    return value.encode("ascii", "surrogateescape").decode("utf-8", "replace")


def _decode(value: str) -> str:
    text = _FOLD.sub("", value)
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, ValueError):
        return text


def make_payload(inbound: Json, url: str, mail: InboundMail) -> Json:
    """Make the payload for one forward of a mail."""
    return {
        "type": "inbound.message",
        "inbound_id": inbound["id"],
        "url": url,
        "created_at": write_micro_time(mail),
        "data": _make_data(mail),
    }


def _make_data(mail: InboundMail) -> Json:
    raw = mail.raw.encode("latin-1")
    headers = read_headers(raw)
    parsed = parse_mail(raw)
    plain, rich = parsed.get_body(("plain",)), parsed.get_body(("html",))
    senders = _people(headers, "from")
    sender = senders[0] if senders else {"email": mail.sender, "name": None}
    return {
        "object": "message",
        "id": mail.id,
        "recipients": _make_recipients(mail, headers),
        "from": {**sender, "raw": _first(headers, "from")},
        "sender": {"email": mail.sender},
        "subject": _decode(_first(headers, "subject")),
        "date": _first(headers, "date") or format_datetime(mail.created_at),
        "headers": _make_headers(mail, headers),
        "text": text_of(plain) if plain is not None else None,
        "html": text_of(rich) if rich is not None else None,
        "raw": raw.decode("utf-8", "replace"),
        "attachments": [
            _make_attachment(part, place)
            for place, part in enumerate(walk_attachments(parsed), start=1)
        ],
        # Nothing here asks the DNS: GUESS, a local sender passes and signs nothing.
        "spf_check": {"code": "+", "value": None},
        "dkim_check": False,
        "created_at": write_micro_time(mail),
    }


def _first(headers: list[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def _people(headers: list[tuple[str, str]], wanted: str) -> list[Json]:
    values = [_FOLD.sub("", value) for name, value in headers if name.lower() == wanted]
    return [
        {"email": address, "name": _decode(name)}
        for name, address in getaddresses(values)
        if address
    ]


def _make_recipients(mail: InboundMail, headers: list[tuple[str, str]]) -> Json:
    made: Json = {"rcptTo": [{"email": address} for address in mail.recipients]}
    for field in ("to", "cc"):
        raw = _first(headers, field)
        if raw:
            made[field] = {"raw": raw, "data": _people(headers, field)}
    return made


def _make_headers(mail: InboundMail, headers: list[tuple[str, str]]) -> Json:
    """Make a map of headers in which only repeated ones are lists."""
    made: Json = {"X-Envelope-From": f"<{mail.sender}>"}
    for name, value in headers:
        if name not in made:
            made[name] = value
        elif isinstance(made[name], list):
            made[name].append(value)
        else:
            made[name] = [made[name], value]
    return made


def _make_attachment(part: Message, place: int) -> Json:
    content = read_bytes(part)
    disposition = part.get_content_disposition() or "attachment"
    shown: Json = {
        "file_name": name_of(part, place),
        "content_type": part.get_content_type(),
        "content_disposition": disposition,
    }
    if disposition == "inline":
        shown["content_id"] = str(part.get("Content-ID") or "").strip().strip("<>")
    return {**shown, "size": len(content), "content": base64.b64encode(content).decode("ascii")}
