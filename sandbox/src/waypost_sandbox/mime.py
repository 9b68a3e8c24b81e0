"""A letter as a finished MIME message, as a receiving server is handed it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO

from waypost_sandbox.mail_reading import LONGEST_HEADER
from waypost_sandbox.world.things import Json, Letter

_POLICY = SMTP.clone(max_line_length=78)
# Everything that Python takes for the end of a line.
_BREAKS = re.compile(r"[\r\n\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+\s*")
_STRANGE = re.compile(r"[^A-Za-z0-9 @.,<>_-]+")
# A header that the message's own structure decides.
_STRUCTURAL = ("content-type", "content-transfer-encoding", "mime-version")


def write_mime(letter: Letter) -> bytes:
    """Write the letter: alternatives, what they show inline, and attachments."""
    if letter.raw is not None:
        return letter.raw.encode("latin-1")
    message = _write_body(letter)
    inline, attached = _split(letter)
    for item in inline:
        _add_inline(message, item)
    for item in attached:
        main, _, sub = _content_type(item).partition("/")
        message.add_attachment(
            _decode(item), maintype=main, subtype=sub, filename=one_line(item["filename"])
        )
    for name, value in letter.headers:
        if name.lower() not in _STRUCTURAL:
            _set_header(message, name, one_line(value))
    _fix_boundaries(message, letter.email_id)
    out = BytesIO()
    BytesGenerator(out, policy=_POLICY).flatten(message)
    return out.getvalue()


def _write_body(letter: Letter) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    if letter.text is not None or letter.html is None:
        message.set_content(_clean(letter.text or ""))
        if letter.html is not None:
            message.add_alternative(_clean(letter.html), subtype="html")
    else:
        message.set_content(_clean(letter.html), subtype="html")
    return message


def _clean(text: str) -> str:
    """Make lone surrogates, which JSON can carry and bytes cannot, into question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _set_header(message: EmailMessage, name: str, value: str) -> None:
    """Set a header; what the library's own reading of it trips over is written more plainly."""
    # It takes a time that grows with the square of the length.
    text = value[:LONGEST_HEADER]
    for tried in (text, text.replace("=?", "= ?"), _STRANGE.sub(" ", text)):
        try:
            held = _POLICY.header_factory(name, tried)
        except Exception:  # noqa: S112 - its parser raises whatever it stumbles over
            continue
        # A word that is encoded already may hide the end of a line, and it is written decoded.
        if _BREAKS.search(str(held)) is None:
            message[name] = held
            return


def one_line(text: str) -> str:
    """Make line breaks into spaces."""
    return _clean(_BREAKS.sub(" ", str(text)))


def _split(letter: Letter) -> tuple[list[Json], list[Json]]:
    """Tell images that the html shows from attachments; without html nothing is inline."""

    def is_inline(item: Json) -> bool:
        return item["disposition"] == "inline" and letter.html is not None

    inline = [item for item in letter.attachments if is_inline(item)]
    return inline, [item for item in letter.attachments if not is_inline(item)]


def _add_inline(message: EmailMessage, item: Json) -> None:
    part = message.get_body(("html",))
    if not isinstance(part, EmailMessage):
        return
    main, _, sub = _content_type(item).partition("/")
    cid = one_line(item.get("content_id") or item["filename"]).replace(" ", "")
    part.add_related(
        _decode(item),
        maintype=main,
        subtype=sub,
        cid=f"<{cid}>",
        filename=one_line(item["filename"]),
        disposition="inline",
    )


def _content_type(item: Json) -> str:
    # A message inside base64 is not for readers to unfold.
    kind = str(item["content_type"])
    return "application/octet-stream" if kind.startswith("message/") else kind


def _decode(item: Json) -> bytes:
    try:
        return base64.b64decode("".join(str(item["content"]).split()))
    except (binascii.Error, ValueError):
        return b""


def _fix_boundaries(message: EmailMessage, seed: str) -> None:
    """Give every part a boundary that is the same each time the letter is read."""
    for place, part in enumerate(message.walk()):
        if part.is_multipart():
            digest = hashlib.sha256(f"{seed} {place}".encode()).hexdigest()[:32]
            part.set_boundary(f"={digest}=")
