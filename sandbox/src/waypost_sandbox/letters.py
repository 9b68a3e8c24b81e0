"""The finished letter that a receiving server is handed."""

from __future__ import annotations

from email.utils import format_datetime, formataddr

from waypost_sandbox.mime import one_line
from waypost_sandbox.tracking.links import track_copy, unsubscribe_url
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Domain, Email, Json, Letter, Message

CONTENT_TYPES = {
    "txt": "text/plain",
    "csv": "text/csv",
    "ics": "text/calendar",
    "xml": "application/xml",
    "html": "text/html",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "eml": "message/rfc822",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write_letter(account: Account, message: Message, email: Email) -> Letter:
    """Write one recipient's copy: headers, both bodies, attachments."""
    request = message.request
    recipient = account.recipients[email.recipient_id]
    domain = account.domains.get(message.domain_id)
    text, html = track_copy(account, domain, message, email)
    return Letter(
        message_id=message.id,
        email_id=email.id,
        recipient=recipient.email,
        sent_at=account.now(),
        headers=_write_headers(account, message, email),
        subject=email.subject,
        text=text,
        html=html,
        attachments=[_show_attachment(item) for item in request.get("attachments") or []],
        envelope_from=_bounce_address(domain, email),
    )


def _bounce_address(domain: Domain | None, email: Email) -> str:
    """Return where the receiving server would report a bounce to."""
    if domain is None:
        return email.sender
    return f"bounce+{email.id}@{domain.settings['return_path_subdomain']}.{domain.name}"


def _write_headers(account: Account, message: Message, email: Email) -> list[tuple[str, str]]:
    request = message.request
    sender = request.get("from") or {"email": email.sender}
    headers = [("From", _address({"name": sender.get("name"), "email": email.sender}))]
    # A blind copy is in no header; every recipient sees the same To and Cc.
    for name, field in (("To", "to"), ("Cc", "cc")):
        people = request.get(field) or []
        if people:
            headers.append((name, ", ".join(_address(person) for person in people)))
    if request.get("reply_to"):
        headers.append(("Reply-To", _address(request["reply_to"])))
    headers += [
        ("Subject", email.subject),
        ("Date", format_datetime(account.now())),
        ("Message-ID", f"<{email.id}@mailersend.net>"),
    ]
    if request.get("in_reply_to"):
        headers.append(("In-Reply-To", _bracket(str(request["in_reply_to"]))))
    if request.get("references"):
        headers.append(("References", " ".join(map(_bracket, request["references"]))))
    headers += _list_headers(account, message, email)
    if _is_bulk(request, account.domains.get(message.domain_id)):
        headers.append(("Precedence", "bulk"))
    given = [*(request.get("headers") or []), *(request.get("smtp_headers") or [])]
    taken = {name.lower() for name, _ in headers}
    for item in given:
        # What the message says of itself cannot be said otherwise by a custom header.
        if item["name"].lower() not in taken:
            headers.append((item["name"], str(item["value"])))
    return headers


def _list_headers(account: Account, message: Message, email: Email) -> list[tuple[str, str]]:
    """Write how to leave the list: as the sender says, else by our link where it is on."""
    domain = account.domains.get(message.domain_id)
    value = message.request.get("list_unsubscribe")
    if not value and domain is not None and domain.settings.get("track_unsubscribe"):
        value = f"<{unsubscribe_url(account, email.id)}>"
    if not value:
        return []
    headers = [("List-Unsubscribe", str(value))]
    if "http" in str(value).lower():
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return headers


def _bracket(message_id: str) -> str:
    """Write a message id as headers must have it, whether it came with brackets or not."""
    return f"<{message_id.strip().strip('<>')}>"


def _is_bulk(request: Json, domain: Domain | None) -> bool:
    own = request.get("precedence_bulk")
    if own is None:
        return domain is not None and bool(domain.settings["precedence_bulk"])
    return bool(own)


def _address(person: Json) -> str:
    return formataddr((one_line(person.get("name") or ""), person["email"]))


def _show_attachment(item: Json) -> Json:
    extension = str(item["filename"]).rpartition(".")[2].lower()
    content = str(item["content"])
    return {
        "filename": item["filename"],
        "content_type": CONTENT_TYPES.get(extension, "application/octet-stream"),
        "disposition": item.get("disposition", "attachment"),
        "content_id": item.get("id"),
        "size": len(content) * 3 // 4 - content.count("="),
        "content": content,
    }
