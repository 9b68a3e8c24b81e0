"""Taking mail in for inbound routes, and forwarding it."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import parseaddr

from waypost_sandbox import ids
from waypost_sandbox.email.attachments import EXTENSIONS, MOST_BYTES
from waypost_sandbox.inbound.filters import Envelope, find_routes, takes
from waypost_sandbox.inbound.payload import make_payload, read_headers
from waypost_sandbox.mail_reading import (
    UnreadableMail,
    name_of,
    parse_mail,
    read_bytes,
    read_mail,
    text_of,
    walk_attachments,
)
from waypost_sandbox.mime import write_mime
from waypost_sandbox.webhooks.telling import add_delivery
from waypost_sandbox.wire.answer import write_compact
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.outgoing import InboundMail
from waypost_sandbox.world.things import Happening, Json, Letter

MAILS_KEPT = 1_000


def is_inbound(account: Account, address: str) -> bool:
    """Say whether an address reaches a route of the account."""
    return bool(find_routes(account.rows("inbounds"), address))


def take_mail(account: Account, sender: str, recipients: list[str], raw: bytes) -> list[str]:
    """Take a mail in for every route its recipients reach; return the ids it got."""
    taken: list[str] = []
    seen: set[str] = set()
    for address in recipients:
        for row in find_routes(account.rows("inbounds"), address):
            if row["id"] not in seen:
                seen.add(row["id"])
                reached = [each for each in recipients if row in _routes_of(account, each)]
                taken.append(_take_for(account, row, sender, reached, raw))
    return taken


def _routes_of(account: Account, address: str) -> list[Json]:
    return find_routes(account.rows("inbounds"), address)


def _take_for(account: Account, row: Json, sender: str, recipients: list[str], raw: bytes) -> str:
    now = account.now()
    mail = InboundMail(
        id=ids.make_object_id(now),
        inbound_id=str(row["id"]),
        domain_id=row.get("domain_id"),
        sender=sender,
        recipients=recipients,
        raw=raw.decode("latin-1"),
        created_at=now,
    )
    headers: dict[str, list[str]] = {}
    for name, value in read_headers(raw):
        headers.setdefault(name.lower(), []).append(value)
    shown_sender = _read_sender(headers, sender)
    envelope = Envelope(sender=shown_sender, recipients=recipients, headers=headers)
    mail.state = "taken" if takes(row, envelope) else "filtered"
    account.inbound_mails[mail.id] = mail
    if mail.state == "taken":
        account.plan_work(now, "forward_inbound", mail.id)
    _forget_old(account)
    return mail.id


def _read_sender(headers: dict[str, list[str]], sender: str) -> str:
    return parseaddr((headers.get("from") or [""])[0])[1] or sender


def _forget_old(account: Account) -> None:
    while len(account.inbound_mails) > MAILS_KEPT:
        oldest = account.inbound_mails.pop(next(iter(account.inbound_mails)))
        for letter_id in oldest.letter_ids:
            account.letters.pop(letter_id, None)


def forward_inbound(account: Account, mail_id: str) -> None:
    """Forward a mail everywhere its route says, unless its attachments are refused."""
    mail = account.inbound_mails.get(mail_id)
    row = account.rows("inbounds").get(mail.inbound_id) if mail else None
    if mail is None or row is None:
        return
    reason = _find_refusal(mail)
    if reason is not None:
        mail.state = "rejected"
        # Beyond the reason the payload is a GUESS.
        data = {
            "domain_id": mail.domain_id,
            "inbound_id": mail.inbound_id,
            "inbound_message_id": mail.id,
            "reason": reason,
        }
        account.announce("inbound_message.rejected", data, domain_id=mail.domain_id)
        return
    mail.state = "forwarded"
    for forward in row.get("forwards") or []:
        if forward.get("type") == "email":
            _forward_by_mail(account, mail, str(forward["value"]))
        else:
            _forward_to_webhook(account, row, forward, mail)


def _find_refusal(mail: InboundMail) -> str | None:
    total = 0
    for place, part in enumerate(walk_attachments(parse_mail(mail.raw.encode("latin-1"))), start=1):
        if name_of(part, place).rpartition(".")[2].lower() not in EXTENSIONS:
            return "unsupported_attachment_type"
        total += len(read_bytes(part))
    return "attachment_size_exceeded" if total > MOST_BYTES else None


def _forward_to_webhook(account: Account, row: Json, forward: Json, mail: InboundMail) -> None:
    url = str(forward["value"])
    happening = Happening(
        type="inbound.message", data={}, at=account.now(), domain_id=mail.domain_id
    )
    delivery = add_delivery(
        account,
        kind="inbound",
        target_id=mail.inbound_id,
        url=url,
        happening=happening,
        body=write_compact(make_payload(row, url, mail)),
        secret=str(forward.get("secret") or ""),
    )
    delivery.inbound_message_id = mail.id


def _forward_by_mail(account: Account, mail: InboundMail, address: str) -> None:
    """Put the mail as it came into the outbox, for another reader."""
    now = account.now()
    raw = mail.raw.encode("latin-1")
    parsed = parse_mail(raw)
    letter = Letter(
        message_id=mail.id,
        email_id=ids.make_object_id(now),
        recipient=address,
        sent_at=now,
        headers=read_headers(raw),
        subject=str(parsed.get("subject") or ""),
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        attachments=[],
        envelope_from=mail.sender,
        raw=mail.raw,
    )
    account.letters[letter.email_id] = letter
    mail.letter_ids.append(letter.email_id)
    if account.settings.forward_smtp:
        account.letters_to_forward.append(letter.email_id)


def _body(parsed: EmailMessage, kind: str) -> str | None:
    part = parsed.get_body((kind,))
    return text_of(part) if part is not None else None


def arrive_inbound(account: Account, email_id: str) -> None:
    """Take in a letter of the account's own that goes to one of its inbound addresses."""
    letter, email = account.letters.get(email_id), account.emails.get(email_id)
    if letter is None or email is None or not is_inbound(account, letter.recipient):
        return
    raw = write_mime(letter)
    try:
        read_mail(raw, [letter.recipient])
    except UnreadableMail:
        # As strange as mail from elsewhere that is turned away at the door.
        return
    take_mail(account, email.sender, [letter.recipient], raw)
