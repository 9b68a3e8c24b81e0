"""The passthrough without waiting: decided, and its headers carried across, in plain functions."""

import re
from typing import NamedTuple

from waypost.base.asgi import HeaderPairs
from waypost.engine.match import Match
from waypost.features.passthrough.headers import (
    HOP_BY_HOP,
    OURS,
    nominated,
    refuse_odd_status,
)
from waypost.kernel.calls.paths import is_escape
from waypost.kernel.calls.straight import Leaving, StraightCall, StraightCalls, Way

_VERBS = {b"GET": "GET", b"HEAD": "HEAD"}
# Names of accounts need no decoding; what llhttp lets through and HTTP does not is left to others.
_TARGET = re.compile(rb"/passthrough/([\w.-]+)/([^?#\s]*)(\?[^#\s]*)?", re.ASCII)
# Answered with care, elsewhere: a body, a change of protocol, a body that waits to be asked for.
_UNUSUAL = frozenset(
    {
        *(b"content-length", b"transfer-encoding", b"upgrade", b"expect", b"http2-settings"),
        *(b"idempotency-key", b"waypost-lane"),
    }
)
_DROPPED = HOP_BY_HOP | OURS | _UNUSUAL
_ORIGIN = b"waypost-origin: provider\r\n"
_PLAIN_CONNECTION = (b"keep-alive", b"close", b"Keep-Alive", b"Close")


class _Crossing(NamedTuple):
    """How headers cross for one account."""

    credentials: bytes
    dropped: frozenset[bytes]
    watched: frozenset[bytes]


class StraightPassthrough:
    """Decide on GET and HEAD; None leaves a request to `Passthrough`, which says what is wrong."""

    def __init__(self, calls: StraightCalls) -> None:
        self._calls = calls

    def __call__(self, verb: bytes, target: bytes, headers: HeaderPairs) -> "Forwarded | None":
        """Return the call, or None for every other way."""
        said = _VERBS.get(verb)
        found = _TARGET.fullmatch(target)
        token = _token(headers)
        if said is None or found is None or token is None:
            return None
        way = self._calls.way(token, found[1].decode())
        if way is None:
            return None
        path = found[2].decode("latin-1")
        if is_escape(path):
            return None
        match = way.bound.matcher.find(said, path)
        if match is not None and not _is_plain(match):
            return None
        crossing: _Crossing = way.derived or self._crossing(way)
        fields = _fields(headers, crossing)
        if fields is None or not way.bound.budget.try_enter(
            match.method.rate_class if match is not None else None
        ):
            return None
        leaves = b"%b/%b%b" % (way.prefix, found[2], found[3] or b"")
        return Forwarded(self._calls, way, match, Leaving(verb, leaves, fields))

    def _crossing(self, way: Way) -> _Crossing:
        pairs = self._calls.calls.credentials(way.bound)
        lines = "".join([f"{name}: {value}\r\n" for name, value in pairs])
        names = {name.lower().encode() for name, _ in pairs}
        crossing = way.derived = _Crossing(
            lines.encode("latin-1"),
            frozenset(_DROPPED | names),
            way.bound.budget.heeded,
        )
        return crossing


def _token(headers: HeaderPairs) -> str | None:
    """Return the only bearer token among the headers, of a request that names its host once."""
    token = None
    hosts = 0
    for name, value in headers:
        if name == b"authorization":
            if token is not None or value[:7] != b"Bearer ":
                return None
            token = value[7:]
        elif name == b"host":
            hosts += 1
    return None if token is None or hosts != 1 else token.strip().decode("latin-1")


def _is_plain(match: Match) -> bool:
    method = match.method
    return method.sends is None and method.idempotent is not False


def _fields(headers: HeaderPairs, crossing: _Crossing) -> bytes | None:
    """Return the header lines that leave, None when the headers say something unusual."""
    lines = []
    dropped = crossing.dropped
    for name, value in headers:
        if name not in dropped:
            lines.append(b"%b: %b\r\n" % (name, value))
        elif name in _UNUSUAL or (name == b"connection" and value not in _PLAIN_CONNECTION):
            return None
    lines.append(crossing.credentials)
    return b"".join(lines)


class Forwarded(StraightCall):
    """One request on its way through."""

    __slots__ = ()
    surface = "passthrough"

    def answered(self, status: int, headers: HeaderPairs) -> bytes:
        """Return the provider's end-to-end headers, in order, unchanged, with ours behind."""
        refuse_odd_status(status)
        crossing: _Crossing = self._way.derived
        watched = crossing.watched
        learnt = [
            (name.decode(), value.decode("latin-1")) for name, value in headers if name in watched
        ]
        self.learn(status, tuple(learnt))
        dropped = HOP_BY_HOP
        for name, _ in headers:
            if name == b"connection":
                dropped |= nominated(headers)
                break
        if status in (204, 304):
            dropped |= {b"content-length"}
        lines = [
            b"%b: %b\r\n" % pair
            for pair in headers
            if pair[0] not in dropped and pair[0][:8] != b"waypost-"
        ]
        lines.append(_ORIGIN)
        match = self.match
        rate_class = match.method.rate_class if match is not None else None
        for pair in self._way.bound.budget.headers(headers, rate_class):
            lines.append(b"%b: %b\r\n" % pair)
        lines.append(b"waypost-request-id: %b\r\n" % self.request_id.encode())
        return b"".join(lines)
