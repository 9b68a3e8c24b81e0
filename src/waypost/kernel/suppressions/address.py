"""How an address, a domain or a pattern is written, found again and compared."""

import re
from email.utils import parseaddr

from waypost.base.errors import InvalidRequest

PATTERNS = "*"
"""The key under which patterns are found: each of a tenant's is compared."""
UNREAD = "?"
"""The key of patterns that only their provider can read; they are shown, and hold nobody back here."""
MOST = 320
_WILD = "*"
_NUMBER = re.compile(r"\+?[0-9(][0-9 ().\-/]*", re.ASCII)
_REGEX = frozenset("[](){}^$|+?\\")


def read_address(text: str) -> str:
    """Return an address, a number's digits, `@domain` or a pattern as it is kept.

    A provider's `.*@example.com` is the domain's own spelling `@example.com`. Raises InvalidRequest.
    """
    given = text.strip().lower()
    if not given or len(given) > MOST or any(ord(sign) < 32 for sign in given):
        raise InvalidRequest(f"An address has 1 to {MOST} characters; this is none.")
    if _NUMBER.fullmatch(given):
        return _digits(given)
    for everybody in (".*@", "*@"):
        domain = given.removeprefix(everybody).replace("\\.", ".")
        if given.startswith(everybody) and not _REGEX & set(domain) and _WILD not in domain:
            return "@" + domain
    if _WILD in given or (_REGEX - {"+", "?", "{", "}", "^", "$", "|"}) & set(given):
        return given
    if "@" in given:
        found = given if given.startswith("@") else parseaddr(given)[1] or given
        if " " in found or found.count("@") != 1 or found.endswith("@"):
            raise InvalidRequest(f"'{given[:80]}' is no address.")
        return found
    raise InvalidRequest(f"'{given[:80]}' is no address; a domain is written @example.com.")


def read_recipient(text: str) -> str:
    """Return one recipient's address or digits as it is kept; raises InvalidRequest for any other.

    Mail may be written to `*@example.com`. What becomes of it is no word about everybody there.
    """
    found = read_address(text)
    if as_pattern(found) is not None:
        raise InvalidRequest(f"'{found[:80]}' is no address of one recipient.")
    return found


def _digits(given: str) -> str:
    digits = "".join(sign for sign in given if sign.isdigit())
    if len(digits) < 5:
        raise InvalidRequest(f"'{given[:80]}' is no number.")
    return digits


def key_of(address: str) -> str:
    """Return the key under which a kept address is found."""
    if _WILD not in address and "\\" not in address and "(" not in address and "[" not in address:
        return address
    rest = canonical(address)
    return UNREAD if _REGEX & set(rest) - {"+"} else PATTERNS


def canonical(address: str) -> str:
    """Return the one spelling of a kept address: patterns are written in more than one way."""
    return address.replace(".*", _WILD).replace("\\.", ".")


def as_pattern(address: str) -> str | None:
    """Return a kept domain or pattern as providers write it; None for a plain address."""
    if address.startswith("@"):
        return ".*" + address
    if key_of(address) == address:
        return None
    return address if key_of(address) == UNREAD else canonical(address).replace(_WILD, ".*")


def keys_for(address: str) -> tuple[str, ...]:
    """Return every key under which something may hold an address back."""
    _, at, domain = address.rpartition("@")
    return (address, PATTERNS, f"@{domain}") if at else (address, PATTERNS)


def fits(pattern: str, address: str) -> bool:
    """Say whether a pattern fits a whole address; `*` and `.*` stand for any text."""
    pieces = canonical(pattern).split(_WILD)
    first, *middle, last = pieces
    if len(address) < len(first) + len(last):
        return False
    if not address.startswith(first) or not address.endswith(last):
        return False
    place, end = len(first), len(address) - len(last)
    for piece in middle:
        found = address.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
