"""What would have reached each recipient."""

from __future__ import annotations

from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.mime import write_mime
from waypost_sandbox.wire.answer import Answer
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Letter


def list_letters(account: Account) -> Json:
    """List every letter handed over, oldest first, attachments by name only."""
    return {"data": [_show_row(account, letter) for letter in account.letters.values()]}


def show_message(account: Account, message_id: str) -> Json:
    """Show a message's letters whole; the first one's fields also stand at the top."""
    copies = [_show_letter(account, letter) for letter in _find_letters(account, message_id)]
    return {**copies[0], "copies": copies}


def _find_letters(account: Account, message_id: str) -> list[Letter]:
    """Return a message's letters; an email's own id finds its one copy."""
    alone = account.letters.get(message_id)
    if alone is not None:
        return [alone]
    message = account.messages.get(message_id)
    keys = message.email_ids if message else account.letters
    letters = [
        letter
        for key in keys
        if (letter := account.letters.get(key)) and letter.message_id == message_id
    ]
    if not letters:
        if message_id in account.messages:
            raise refuse_control(
                "the message has not left yet: it is scheduled, paused, suppressed, or the "
                "clock stands still (POST /_sandbox/clock {'advance': 1})",
                status=404,
            )
        raise refuse_control(f"no message has the id {message_id!r}", status=404)
    return letters


def read_raw(account: Account, message_id: str, recipient: str | None) -> Answer:
    """Answer with one copy as the MIME message that was handed over."""
    for letter in _find_letters(account, message_id):
        if recipient in (None, letter.recipient, letter.email_id):
            return Answer(200, write_mime(letter), "message/rfc822")
    raise refuse_control(f"no copy of the message went to {recipient!r}", status=404)


def list_inbound_mails(account: Account) -> Json:
    """List what came in for inbound addresses, and what became of it."""
    rows = [
        {
            "id": mail.id,
            "inbound_id": mail.inbound_id,
            "sender": mail.sender,
            "recipients": mail.recipients,
            "state": mail.state,
            "created_at": write_time(mail.created_at),
            "raw": mail.raw,
        }
        for mail in account.inbound_mails.values()
    ]
    return {"data": rows}


def _show_row(account: Account, letter: Letter) -> Json:
    email = account.emails.get(letter.email_id)
    return {
        "message_id": letter.message_id,
        "email_id": letter.email_id,
        "recipient": letter.recipient,
        "subject": letter.subject,
        "status": email.status if email else None,
        "sent_at": write_time(letter.sent_at),
        "attachments": [item["filename"] for item in letter.attachments],
    }


def _show_letter(account: Account, letter: Letter) -> Json:
    return {
        **_show_row(account, letter),
        # Names may repeat, so the headers are pairs as well as a map.
        "headers": dict(letter.headers),
        "raw_headers": [list(pair) for pair in letter.headers],
        "text": letter.text,
        "html": letter.html,
        "attachments": letter.attachments,
    }
