"""The passthrough without waiting: decided, and its headers carried across, in plain functions."""

import re
from typing import NamedTuple

from waypost.base.asgi import HeaderPairs
from waypost.engine.match import Match, PathMatcher
from waypost.features.passthrough.headers import HOP_BY_HOP, OURS, nominated, refuse_odd_status
from waypost.kernel.calls.paths import is_escape
from waypost.kernel.calls.straight import CallerHead, Leaving, StraightCall, StraightCalls, Way
from waypost.kernel.environments import token_digest

MOST_PATHS = 4096
MOST_NAMES = 1024
_VERBS = {b"GET": "GET", b"HEAD": "HEAD"}
# Names of accounts need no decoding; what the wire forbids is left to those who say so.
_TARGET = re.compile(rb"/passthrough/([\w.-]+)/([!\"$-;=@-\[\]-~]*)(\?[!\"$-~]*)?", re.ASCII)
# Answered with care, elsewhere: a body, a change of protocol, a body that waits to be asked for.
_UNUSUAL = frozenset(
    {
        *(b"content-length", b"transfer-encoding", b"upgrade", b"expect", b"http2-settings"),
        *(b"idempotency-key", b"waypost-lane"),
    }
)
_DROPPED = HOP_BY_HOP | OURS
_PLAIN_CONNECTION = (b"keep-alive", b"close", b"Keep-Alive", b"Close")
_ORIGIN = b"waypost-origin: provider\r\n"
_HOP, _KEPT, _HEEDED = range(3)
"""What becomes of a provider's header: dropped, kept, kept and learnt from."""


class _Read:
    """What a caller's head says: whose it is, and its lines for accounts with the same credentials."""

    __slots__ = ("lines", "pairs", "token")

    def __init__(self, token: bytes, pairs: HeaderPairs) -> None:
        self.token = token
        self.pairs = pairs
        self.lines: dict[frozenset[bytes], bytes] = {}

    def without(self, dropped: frozenset[bytes]) -> bytes:
        """Return the lines that leave."""
        lines = self.lines.get(dropped)
        if lines is None:
            kept = [b"%b: %b\r\n" % pair for pair in self.pairs if pair[0] not in dropped]
            lines = self.lines[dropped] = b"".join(kept)
        return lines


class _Crossing(NamedTuple):
    """How headers cross for one account."""

    credentials: bytes
    dropped: frozenset[bytes]
    fates: dict[bytes, int]


class _Path(NamedTuple):
    """What a path means to one integration; `may_pass` is False for what is not plain reading."""

    matcher: PathMatcher
    match: Match | None
    rate_class: str | None
    may_pass: bool


class StraightPassthrough:
    """Decide on GET and HEAD; None leaves a request to `Passthrough`, which says what is wrong."""

    def __init__(self, calls: StraightCalls) -> None:
        self._calls = calls
        self._paths: dict[tuple[bytes, str, bytes], _Path] = {}

    def __call__(self, verb: bytes, target: bytes, head: CallerHead) -> "Forwarded | None":
        """Return the call, or None for every other way."""
        read: _Read | None = head.read or _read(head)
        found = _TARGET.fullmatch(target)
        if read is None or found is None:
            return None
        account, path, query = found.groups()
        way = self._calls.way(read.token, account.decode())
        if way is None:
            return None
        meant = self._meant(way, verb, path)
        if not meant.may_pass or not way.bound.budget.try_enter(meant.rate_class):
            return None
        crossing: _Crossing = way.derived or self._crossing(way)
        fields = read.without(crossing.dropped) + crossing.credentials
        leaves = b"%b/%b%b" % (way.prefix, path, query or b"")
        return Forwarded(self._calls, way, meant.match, Leaving(verb, leaves, fields))

    def _meant(self, way: Way, verb: bytes, path: bytes) -> _Path:
        matcher = way.bound.matcher
        key = (verb, way.account.integration, path)
        known = self._paths.get(key)
        if known is None or known.matcher is not matcher:
            if len(self._paths) >= MOST_PATHS:
                self._paths.clear()
            known = self._paths[key] = _look_at(matcher, verb, path.decode())
        return known

    def _crossing(self, way: Way) -> _Crossing:
        pairs = self._calls.calls.credentials(way.bound)
        lines = "".join([f"{name}: {value}\r\n" for name, value in pairs])
        names = frozenset(name.lower().encode() for name, _ in pairs)
        fates = dict.fromkeys(way.bound.budget.heeded, _HEEDED) | dict.fromkeys(HOP_BY_HOP, _HOP)
        crossing = _Crossing(lines.encode("latin-1"), _DROPPED | names, fates)
        way.derived = crossing
        return crossing


def _look_at(matcher: PathMatcher, verb: bytes, path: str) -> _Path:
    said = _VERBS.get(verb)
    if said is None or is_escape(path):
        return _Path(matcher, None, None, may_pass=False)
    match = matcher.find(said, path)
    if match is None:
        return _Path(matcher, None, None, may_pass=True)
    method = match.method
    is_plain = method.sends is None and method.idempotent is not False
    return _Path(matcher, match, method.rate_class, may_pass=is_plain)


def _read(head: CallerHead) -> _Read | None:
    """Read a head with one bearer token, one host and nothing unusual; None for any other."""
    tokens, hosts = [], 0
    for name, value in head.pairs:
        if name == b"authorization":
            tokens.append(value)
        elif name == b"host":
            hosts += 1
        elif name in _UNUSUAL or (name == b"connection" and value not in _PLAIN_CONNECTION):
            return None
    if len(tokens) != 1 or hosts != 1 or tokens[0][:7] != b"Bearer ":
        return None
    digest = token_digest(tokens[0][7:].strip().decode("latin-1"))
    head.read = read = _Read(digest, head.pairs)
    return read


class Forwarded(StraightCall):
    """One request on its way through."""

    __slots__ = ()
    surface = "passthrough"

    def answered(self, status: int, headers: HeaderPairs) -> bytes:
        """Return the provider's end-to-end headers, in order, unchanged, with ours behind."""
        refuse_odd_status(status)
        fates = self._way.derived.fates
        lines: HeaderPairs = []
        learnt: list[tuple[str, str]] = []
        dropped: frozenset[bytes] = frozenset()
        is_limited = False
        for name, value in headers:
            fate = fates.get(name)
            if fate is None:
                fate = _fate(fates, name)
            if fate == _HOP:
                if name == b"connection":
                    dropped = nominated(headers)
                continue
            if fate == _HEEDED:
                learnt.append((name.decode(), value.decode("latin-1")))
            is_limited = is_limited or name[:10] == b"ratelimit-"
            lines.append((name, value))
        if status in (204, 304):
            dropped |= {b"content-length"}
        if dropped:
            lines = [pair for pair in lines if pair[0] not in dropped]
        self.learn(status, tuple(learnt))
        ours = b"" if is_limited else self.limits()
        theirs = b"".join([b"%b: %b\r\n" % pair for pair in lines])
        request_id = self.request_id.encode()
        return b"%b%b%bwaypost-request-id: %b\r\n" % (theirs, _ORIGIN, ours, request_id)


def _fate(fates: dict[bytes, int], name: bytes) -> int:
    """Say what becomes of a header, and remember it: providers repeat theirs."""
    # Names of ours say whose answer it is: nobody else may.
    fate = _HOP if name[:8] == b"waypost-" else _KEPT
    if len(fates) < MOST_NAMES:
        fates[name] = fate
    return fate
