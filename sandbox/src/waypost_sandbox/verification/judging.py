"""What verification finds out about an address: the sandbox's own convention.

The start of the address may name a result (`typo@…`, `mailbox-full+x@…`); otherwise its form
and its domain decide.
"""

from __future__ import annotations

import re

from waypost_sandbox.wire.check import is_email

RESULTS = (
    "valid",
    "catch_all",
    "mailbox_full",
    "role_based",
    "unknown",
    "syntax_error",
    "typo",
    "mailbox_not_found",
    "disposable",
    "mailbox_blocked",
    "failed",
)
_ROLES = ("admin", "info", "support", "sales", "contact", "billing", "postmaster", "abuse", "help")
_TYPOS = (
    "exmaple.com",
    "gamil.com",
    "gmial.com",
    "gmal.com",
    "hotmial.com",
    "outlok.com",
    "yaho.com",
)
_DISPOSABLE = ("mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com")
_NAMED = re.compile(rf"^({'|'.join(RESULTS)})([+.][^@]*)?@")
_BOUNCES = {"bounce+hard": "mailbox_not_found", "bounce+soft": "mailbox_full"}


def judge_address(address: str) -> str:
    """Return the result for an address."""
    text = address.strip().lower()
    if not is_email(text):
        return "syntax_error"
    named = _NAMED.match(text.replace("-", "_"))
    if named is not None:
        return named[1]
    for start, result in _BOUNCES.items():
        if text.startswith((f"{start}@", f"{start}+")):
            return result
    return _judge_parts(*text.rsplit("@", 1))


def _judge_parts(local: str, host: str) -> str:
    if host in _TYPOS:
        return "typo"
    if host in _DISPOSABLE:
        return "disposable"
    return "role_based" if local in _ROLES else "valid"
