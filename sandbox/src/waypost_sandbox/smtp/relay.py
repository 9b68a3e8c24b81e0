"""What becomes of one mail that came over SMTP: a message, or a mail for inbound routes."""

from __future__ import annotations

import json

from waypost_sandbox import ids
from waypost_sandbox.due import settle
from waypost_sandbox.email.accepting import accept_send
from waypost_sandbox.email.checking import check_send
from waypost_sandbox.inbound.taking import is_inbound, take_mail
from waypost_sandbox.life import check_account
from waypost_sandbox.limits import take_quota, take_rate
from waypost_sandbox.mail_reading import UnreadableMail, read_mail
from waypost_sandbox.wire.answer import RefusalError
from waypost_sandbox.wire.call import Call
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.universe import Universe

UNREADABLE = "554 5.6.0 The message could not be read."
_SEVERAL = "The given data was invalid. "


def queued(message_id: str) -> str:
    """Say that a mail was taken, and under which id."""
    return f"250 Message queued as {message_id}"


def refuse(text: str) -> str:
    """Say no in the API's words, on one line."""
    return f"450 {' '.join(text.split())}"


def find_inbound_accounts(universe: Universe, address: str) -> list[Account]:
    """Return the accounts that have an inbound route for the address."""
    return [each for each in universe.accounts.values() if is_inbound(each, address)]


def take_in(universe: Universe, sender: str, recipients: list[str], raw: bytes) -> str | None:
    """Take a mail in for every inbound route it reaches; None when it reaches none.

    Raise UnreadableMail when it is none.
    """
    read_mail(raw, recipients)
    taken: list[str] = []
    accounts = {
        account.id: account
        for address in recipients
        for account in find_inbound_accounts(universe, address)
    }
    for account in accounts.values():
        settle(account)
        reached = [each for each in recipients if is_inbound(account, each)]
        taken += take_mail(account, sender, reached, raw)
        settle(account)
    return taken[0] if taken else None


def relay(account: Account, client_ip: str, recipients: list[str], raw: bytes) -> str:
    """Send a mail as if the API had been asked to, and return the SMTP answer."""
    settle(account)
    try:
        check_account(_make_call(account, client_ip))
        take_rate(account, "smtp")
        take_quota(account)
    except RefusalError as refusal:
        return refuse(json.loads(refusal.answer.body)["message"])
    try:
        body = read_mail(raw, recipients)
    except UnreadableMail:
        return UNREADABLE
    problems = check_send(account, None, body)
    texts = [text for group in problems.found.values() for text in group]
    if len(texts) == 1:
        return refuse(texts[0])
    if texts:
        return refuse(_SEVERAL + ",".join(texts))
    accepted = accept_send(account, body)
    # GUESS: with everyone suppressed a mail is still taken; its id leads nowhere.
    return queued(accepted.message.id if accepted.message else ids.make_object_id(account.now()))


def _make_call(account: Account, client_ip: str) -> Call:
    return Call(
        method="POST",
        path="/email",
        query=[],
        headers={},
        body=b"",
        client_ip=client_ip,
        base_url=account.root_url,
        account=account,
    )
