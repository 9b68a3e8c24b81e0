"""The mail that asks an address's owner to confirm it, and the link in it.

How the real mail reads is not public; that there is one, with the note and a link, is.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from email.utils import format_datetime

from waypost_sandbox import ids
from waypost_sandbox.identities.state import KIND, confirm_identity
from waypost_sandbox.wire.answer import Answer
from waypost_sandbox.wire.call import Call
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Letter
from waypost_sandbox.world.universe import Universe

PREFIX = "/confirm-sender"
SENDER = "confirm@sandbox.invalid"
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    "<body><h1>{title}</h1><p>{words}</p></body></html>"
)


def send_confirmation(account: Account, row: Json) -> None:
    """Put the mail into the outbox; asking again sends the same link."""
    row["confirmation"] = row.get("confirmation") or ids.make_secret()
    url = f"{account.root_url}{PREFIX}/{row['confirmation']}"
    words = [f"{account.settings.name} wants to send mail in the name of {row['email']}."]
    if row.get("add_note") and row.get("personal_note"):
        words.append(str(row["personal_note"]))
    now = account.now()
    letter_id = ids.make_object_id(now)
    subject = "Confirm your sender identity"
    shown = "".join(f"<p>{html.escape(each)}</p>" for each in words)
    account.letters[letter_id] = Letter(
        message_id=letter_id,
        email_id=letter_id,
        recipient=str(row["email"]),
        sent_at=now,
        headers=[
            ("From", f"Sandbox <{SENDER}>"),
            ("To", str(row["email"])),
            ("Subject", subject),
            ("Date", format_datetime(now)),
            ("Message-ID", f"<{letter_id}@sandbox.invalid>"),
        ],
        subject=subject,
        text="\n\n".join([*words, f"Confirm it here: {url}"]) + "\n",
        html=f'{shown}<p><a href="{url}">Confirm this address</a></p>',
        attachments=[],
        envelope_from=SENDER,
        state="confirmation",
    )
    if account.settings.forward_smtp:
        account.letters_to_forward.append(letter_id)


def answer_confirmation(
    universe: Universe, call: Call, turn: Callable[[Account], object]
) -> Answer:
    """Answer who follows the link: the address is confirmed; `turn` lets webhooks know."""
    code = call.path.rpartition("/")[2]
    for account in universe.accounts.values():
        for row in account.rows(KIND).values():
            if row.get("confirmation") == code and code:
                # Whoever only looks at the headers has not followed it.
                if call.method != "HEAD":
                    confirm_identity(account, str(row["id"]))
                    turn(account)
                return _show_page(200, "Confirmed", "Mail may be sent in the name of this address.")
    return _show_page(404, "Nothing here", "This link belongs to no address.")


def _show_page(status: int, title: str, words: str) -> Answer:
    body = _PAGE.format(title=title, words=words).encode()
    return Answer(status, body, "text/html; charset=UTF-8", {"cache-control": "no-store"})
