"""Read `Link` headers (RFC 8288)."""

import re

_TARGET = re.compile(r"\s*<([^<>]*)>")
_PARAMETER = re.compile(
    r"\s*;\s*([\w!#$&+\-.^`|~*]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?"
)
_SEPARATOR = re.compile(r"\s*(?:,\s*)+|\s*$")
MAX_LENGTH = 16_384


def parse_links(value: str) -> dict[str, str]:
    """Return the target of each relation, lower-case; the first of a relation wins.

    Reading stops at the first thing that is not a link; what came before it counts.
    """
    links: dict[str, str] = {}
    text = value[:MAX_LENGTH]
    position = 0
    while match := _TARGET.match(text, position):
        target = match.group(1).strip()
        relations, position = _relations(text, match.end())
        for relation in relations:
            links.setdefault(relation, target)
        separator = _SEPARATOR.match(text, position)
        if separator is None:
            break
        position = separator.end()
    return links


def _relations(text: str, position: int) -> tuple[list[str], int]:
    """Return the words of the first `rel`, and where the parameters end."""
    found: str | None = None
    while match := _PARAMETER.match(text, position):
        position = match.end()
        if match.group(1).lower() == "rel" and found is None:
            quoted = match.group(2)
            found = match.group(3) or "" if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return (found or "").lower().split(), position
