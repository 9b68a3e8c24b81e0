"""Serving tracked links: each fetch is noted as what the recipient did."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from waypost_sandbox.activity.noting import note_event
from waypost_sandbox.tracking.links import PREFIX, find_links
from waypost_sandbox.wire.answer import Answer
from waypost_sandbox.wire.call import Call
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Email, Json
from waypost_sandbox.world.universe import Universe

_PATH = re.compile(
    rf"^{PREFIX}/(?:(?P<click>click)/(?P<clicked>[0-9a-f]+)/(?P<number>\d+)"
    r"|(?P<open>open)/(?P<opened>[0-9a-f]+)(?:\.gif)?"
    r"|(?P<unsubscribe>unsubscribe)/(?P<left>[0-9a-f]+))$"
)
_GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
_HTML = "text/html; charset=UTF-8"
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    "<body><h1>{title}</h1><p>{words}</p></body></html>"
)
_NO_CACHE = {"cache-control": "no-store"}
_BROWSERS = (
    ("Edg", "Microsoft Edge"),
    ("OPR", "Opera"),
    ("Thunderbird", "Thunderbird"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)


def find_email(universe: Universe, email_id: str) -> tuple[Account, Email] | None:
    """Return the email of that id and whose it is."""
    for account in universe.accounts.values():
        email = account.emails.get(email_id)
        if email is not None:
            return account, email
    return None


def answer_tracking(universe: Universe, call: Call, turn: Callable[[Account], object]) -> Answer:
    """Answer one fetch of a tracked link; `turn` lets happen what came before it."""
    match = _PATH.match(call.path)
    email_id = (match["clicked"] or match["opened"] or match["left"]) if match else ""
    found = find_email(universe, email_id)
    if match is None or found is None or call.method not in ("GET", "HEAD", "POST"):
        return _show_page(404, "Nothing here", "This link belongs to no message.")
    account, email = found
    call.account = account
    turn(account)

    def note(event: str, meta: Json) -> None:
        # Whoever only looks at the headers has not opened anything.
        if call.method != "HEAD":
            note_event(account, email, event, meta)

    if match["click"]:
        return _answer_click(call, email, int(match["number"]), note)
    if match["open"]:
        note("opened", read_reader(call))
        return Answer(200, _GIF, "image/gif", dict(_NO_CACHE))
    if "unsubscribed" not in email.interactions:
        note("unsubscribed", {"unsubscribe_reason": "NO_LONGER_WANT"})
    return _show_page(200, "Unsubscribed", "You will get no more of these messages.")


def _answer_click(
    call: Call, email: Email, number: int, note: Callable[[str, Json], None]
) -> Answer:
    links = find_links(email.html or "")
    if number >= len(links):
        return _show_page(404, "Nothing here", "This message has no such link.")
    url = links[number]
    note("clicked", {**read_reader(call), "url": url})
    location = quote(url, safe="!#$%&'()*+,/:;=?@[]~")
    return Answer(302, b"", _HTML, {"location": location, **_NO_CACHE})


def _show_page(status: int, title: str, words: str) -> Answer:
    page = _PAGE.format(title=title, words=words)
    return Answer(status, page.encode(), _HTML, dict(_NO_CACHE))


def read_reader(call: Call) -> Json:
    """Say who reads: address, program and kind of machine; where from cannot be known here."""
    agent = call.headers.get("user-agent", "")
    browser = next((name for sign, name in _BROWSERS if sign in agent), "UNK")
    is_mobile = any(sign in agent for sign in ("Mobile", "Android", "iPhone"))
    return {
        "ip": call.client_ip,
        "country": None,
        "user_agent": agent,
        "device_type": "mobile" if is_mobile else "desktop",
        "browser": browser,
    }
