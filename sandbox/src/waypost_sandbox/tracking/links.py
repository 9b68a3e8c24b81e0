"""What tracking writes into a copy: counted links, the pixel, the unsubscribe footer."""

from __future__ import annotations

import html
import re
from typing import Any

from waypost_sandbox.wire.check import read_truth
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Domain, Email, Json, Message

PREFIX = "/track"
_LINK = re.compile(
    r"(<a\b[^<>]*?\shref\s*=\s*)(?P<quote>[\"'])(?P<url>.*?)(?P=quote)", re.IGNORECASE | re.DOTALL
)
_BODY_START = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_UNSUBSCRIBE = re.compile(r"\{\{\s*unsubscribe\s*\}\}|\{\$unsubscribe\}")


def unsubscribe_url(account: Account, email_id: str) -> str:
    """Return where one recipient unsubscribes."""
    return f"{account.root_url}{PREFIX}/unsubscribe/{email_id}"


def find_links(source: str) -> list[str]:
    """Return the web links of an html text, in order; their places are their numbers."""
    found = [html.unescape(match["url"].strip()) for match in _LINK.finditer(source)]
    return [url for url in found if _is_counted(url)]


def _is_counted(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and f"{PREFIX}/unsubscribe/" not in url


def track_copy(
    account: Account, domain: Domain | None, message: Message, email: Email
) -> tuple[str | None, str | None]:
    """Return text and html of a copy with everything in them that tracking adds."""
    text, source = email.text, email.html
    if domain is None:
        return text, source
    settings, own = domain.settings, message.request.get("settings")
    if source is not None and _is_on("track_clicks", settings, own) and not domain.is_trial_domain:
        source = _count_links(account, email.id, source)
    text, source = _add_footers(account, settings, email, text, source)
    if source is not None and _is_on("track_opens", settings, own) and not domain.is_trial_domain:
        source = _add_pixel(account, settings, email.id, source)
    return text, source


def _is_on(name: str, settings: Json, own: Any) -> bool:
    given = own.get(name) if isinstance(own, dict) else None
    return bool(settings.get(name)) if given is None else read_truth(given)


def _count_links(account: Account, email_id: str, source: str) -> str:
    number = -1

    def rewrite(match: re.Match[str]) -> str:
        nonlocal number
        if not _is_counted(html.unescape(match["url"].strip())):
            return match[0]
        number += 1
        quote = match["quote"]
        return f"{match[1]}{quote}{account.root_url}{PREFIX}/click/{email_id}/{number}{quote}"

    return _LINK.sub(rewrite, source)


def _add_pixel(account: Account, settings: Json, email_id: str, source: str) -> str:
    address = f"{account.root_url}{PREFIX}/open/{email_id}.gif"
    pixel = f'<img src="{address}" width="1" height="1" alt="" style="display:none">'
    if settings.get("track_opens_pixel_on_top"):
        start = _BODY_START.search(source)
        place = start.end() if start else 0
        return source[:place] + pixel + source[place:]
    return _put_last(source, pixel)


def _put_last(source: str, addition: str) -> str:
    ends = list(_BODY_END.finditer(source))
    place = ends[-1].start() if ends else len(source)
    return source[:place] + addition + source[place:]


def _add_footers(
    account: Account, settings: Json, email: Email, text: str | None, source: str | None
) -> tuple[str | None, str | None]:
    """Add the domain's unsubscribe words, where a copy has no such link yet."""
    if not settings.get("track_unsubscribe"):
        return text, source
    url = unsubscribe_url(account, email.id)
    has_html = bool(settings.get("track_unsubscribe_html_enabled"))
    has_plain = bool(settings.get("track_unsubscribe_plain_enabled"))
    # GUESS: the two switches choose between the forms; with neither set, both are added.
    if source is not None and url not in source and (has_html or not has_plain):
        words = _UNSUBSCRIBE.sub(html.escape(url), settings["track_unsubscribe_html"])
        source = _put_last(source, words)
    if text is not None and url not in text and (has_plain or not has_html):
        words = _UNSUBSCRIBE.sub(url, settings["track_unsubscribe_plain"])
        text = f"{text}\n\n{words}\n"
    return text, source
