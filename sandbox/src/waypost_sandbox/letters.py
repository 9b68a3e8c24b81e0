"""The finished letter that a receiving server is handed."""

from __future__ import annotations

from email.utils import format_datetime, formataddr

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
    return Letter(
        message_id=message.id,
        email_id=email.id,
        recipient=recipient.email,
        sent_at=account.now(),
        headers=_write_headers(account, message, email),
        subject=email.subject,
        text=email.text,
        html=email.html,
        attachments=[_show_attachment(item) for item in request.get("attachments") or []],
    )


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
        headers.append(("In-Reply-To", str(request["in_reply_to"])))
    if request.get("references"):
        headers.append(("References", " ".join(request["references"])))
    if request.get("list_unsubscribe"):
        headers.append(("List-Unsubscribe", str(request["list_unsubscribe"])))
    if _is_bulk(request, account.domains.get(message.domain_id)):
        headers.append(("Precedence", "bulk"))
    headers += [(item["name"], str(item["value"])) for item in request.get("headers") or []]
    return headers


def _is_bulk(request: Json, domain: Domain | None) -> bool:
    own = request.get("precedence_bulk")
    if own is None:
        return domain is not None and bool(domain.settings["precedence_bulk"])
    return bool(own)


def _address(person: Json) -> str:
    return formataddr((person.get("name") or "", person["email"]))


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
