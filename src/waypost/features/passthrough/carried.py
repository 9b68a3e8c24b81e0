"""A provider's headers on their way to the caller: what becomes of each is known from answers before."""

from typing import Any, TypeVar

from waypost.base.asgi import HeaderPairs
from waypost.engine.transport import Headers
from waypost.features.passthrough.headers import HOP_BY_HOP, nominated

MOST_KNOWN = 2048
LONGEST_KNOWN = 256

_WITHOUT_LENGTH = frozenset({b"content-length"})
# A connection's header may name others; a cookie is somebody's, and no two are alike.
_LOOKED_AT = frozenset({b"connection", b"set-cookie"})
# What these name ends here anyhow.
_STAYS = ((b"connection", b"keep-alive"), (b"connection", b"Keep-Alive"))
_NONE: frozenset[bytes] = frozenset()

Pair = tuple[bytes, bytes]
_Told = tuple[bytes, tuple[str, str]]
T = TypeVar("T")


class Carried:
    """Carry headers across for accounts whose budget heeds the same of them."""

    def __init__(self, heeded: frozenset[bytes]) -> None:
        self._heeded = heeded
        self._lines: dict[Pair, bytes] = {}
        self._find = self._lines.get
        self._learnt: dict[Pair, _Told] = {}

    def across(self, status: int, headers: HeaderPairs) -> tuple[list[bytes], Headers, bool]:
        """Return the lines that go on, what the budget heeds of them, and whether a limit is told.

        A line ends with CRLF; that of a header which ends here is empty.
        """
        lines: list[Any] = [*map(self._find, headers)]
        learnt: list[tuple[str, str]] = []
        is_limited, at = False, -1
        ended = _WITHOUT_LENGTH if status in (204, 304) else _NONE
        while None in lines:
            at = lines.index(None, at + 1)
            pair = headers[at]
            told = self._learnt.get(pair) or self._told(pair)
            if told is None:
                lines[at] = self._line(pair)
            else:
                lines[at] = told[0]
                learnt.append(told[1])
            name = pair[0]
            if name == b"connection":
                ended |= nominated(headers)
            is_limited = is_limited or name[:10] == b"ratelimit-"
        if ended:
            lines = [
                b"" if name in ended else line
                for (name, _), line in zip(headers, lines, strict=True)
            ]
        return lines, tuple(learnt), is_limited

    def _line(self, pair: Pair) -> bytes:
        """Return the line of a header that nobody heeds, and remember it where that is of use."""
        name, value = pair
        # Names of ours say whose answer it is: nobody else may.
        ends_here = name in HOP_BY_HOP or name[:8] == b"waypost-"
        line = b"" if ends_here else b"%b: %b\r\n" % pair
        is_looked_at = name in _LOOKED_AT or name[:10] == b"ratelimit-"
        if pair in _STAYS or not (is_looked_at or len(value) > LONGEST_KNOWN):
            _remember(self._lines, pair, line)
        return line

    def _told(self, pair: Pair) -> _Told | None:
        """Return what is learnt from a header, if anything is."""
        name, value = pair
        if name not in self._heeded or name in HOP_BY_HOP:
            return None
        told = (b"%b: %b\r\n" % pair, (name.decode(), value.decode("latin-1")))
        if len(value) <= LONGEST_KNOWN:
            _remember(self._learnt, pair, told)
        return told


def _remember(known: dict[Pair, T], pair: Pair, value: T) -> None:
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[pair] = value
