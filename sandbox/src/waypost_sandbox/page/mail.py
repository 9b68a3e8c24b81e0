"""What an email brought along, handed to the browser so that none of it can do harm."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import quote

from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.mime import write_mime
from waypost_sandbox.page.guard import (
    DOWNLOAD_POLICY,
    MAIL_POLICY,
    MAIL_POLICY_REMOTE,
    guard_headers,
)
from waypost_sandbox.page.letter_view import find_email, find_letter
from waypost_sandbox.wire.answer import Answer
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Letter

_DOCTYPE = re.compile(r"^\s*<!doctype[^<>]*>", re.IGNORECASE)
_CID = re.compile(r"""\bcid:([^\s"'<>)]+)""", re.IGNORECASE)
# Links leave the frame; the first base of a document is the one that counts.
_HEAD = '<base target="_blank"><meta name="viewport" content="width=device-width">'


def answer_html(account: Account, email_id: str, *, may_load: bool) -> Answer:
    """Answer with the html, in an origin of its own; images of other servers only by wish."""
    letter = account.letters.get(email_id)
    if letter is None:
        html = find_email(account, email_id).html or ""
    else:
        html = _embed_images(letter.html or "", letter)
    doctype = _DOCTYPE.match(html)
    start = doctype.end() if doctype else 0
    page = html[:start] + _HEAD + html[start:]
    policy = MAIL_POLICY_REMOTE if may_load else MAIL_POLICY
    # Letters may hold halves of characters, which have no bytes.
    body = page.encode("utf-8", "replace")
    return Answer(200, body, "text/html; charset=UTF-8", guard_headers(policy))


def _embed_images(html: str, letter: Letter) -> str:
    """Put the pictures that came along in the places that name them by `cid:`."""
    held = {str(item["content_id"]): item for item in letter.attachments if item.get("content_id")}
    return _CID.sub(lambda found: _data_url(held.get(found[1])) or found[0], html)


def _data_url(item: Json | None) -> str | None:
    if item is None or not str(item["content_type"]).startswith("image/"):
        return None
    return f"data:{item['content_type']};base64,{''.join(str(item['content']).split())}"


def answer_attachment(account: Account, email_id: str, place: str) -> Answer:
    """Answer with an attachment as a download, never as something to show."""
    letter = find_letter(account, email_id)
    if not place.isdecimal() or int(place) >= len(letter.attachments):
        raise refuse_control(f"the email has no attachment {place}", status=404)
    item = letter.attachments[int(place)]
    try:
        content = base64.b64decode(str(item["content"]))
    except (binascii.Error, ValueError):
        content = str(item["content"]).encode("utf-8", "replace")
    return _answer_download(content, str(item["filename"]))


def answer_source(account: Account, email_id: str, *, is_download: bool) -> Answer:
    """Answer with the whole MIME message, to be read or kept as a file."""
    source = write_mime(find_letter(account, email_id))
    if is_download:
        return _answer_download(source, f"{email_id}.eml")
    headers = guard_headers(DOWNLOAD_POLICY)
    return Answer(200, source, "text/plain; charset=UTF-8", headers)


def _answer_download(content: bytes, name: str) -> Answer:
    headers = guard_headers(DOWNLOAD_POLICY)
    safe = quote(name.encode("utf-8", "replace"), safe="")
    headers["content-disposition"] = f"attachment; filename*=UTF-8''{safe}"
    return Answer(200, content, "application/octet-stream", headers)
