"""The passthrough without waiting: decided, and its headers carried across, in plain functions."""

import re

from waypost.base.asgi import HeaderPairs
from waypost.base.clock import monotonic
from waypost.engine.match import PathMatcher
from waypost.features.passthrough.carried import Carried
from waypost.features.passthrough.headers import HOP_BY_HOP, OURS, refuse_odd_status
from waypost.kernel.calls.paths import is_escape
from waypost.kernel.calls.straight import (
    CallerHead,
    Meaning,
    Pass,
    StraightCall,
    StraightCalls,
    Way,
)
from waypost.kernel.environments import token_digest

MOST_PATHS = 4096
MOST_PASSES = 4096
PASSES_SECONDS = 2.0
_VERBS = {b"GET": "GET", b"HEAD": "HEAD"}
_ACCOUNT_AT = len(b"/passthrough/")
# Names of accounts need no decoding; what the wire forbids is left to those who say so.
_ACCOUNT = re.compile(rb"[\w.-]+", re.ASCII)
_PATH = re.compile(rb"/[!\"$-;=@-\[\]-~]*")
_QUERY = re.compile(rb"\?[!\"$-~]*")
# Answered with care, elsewhere: a body, a change of protocol, a body that waits to be asked for.
_UNUSUAL = frozenset(
    {
        *(b"content-length", b"transfer-encoding", b"upgrade", b"expect", b"http2-settings"),
        *(b"idempotency-key", b"waypost-lane"),
    }
)
_DROPPED = HOP_BY_HOP | OURS
_PLAIN_CONNECTION = (b"keep-alive", b"close", b"Keep-Alive", b"Close")


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


class _Crossing:
    """How headers cross for one account."""

    __slots__ = ("carried", "credentials", "dropped")

    def __init__(self, credentials: bytes, dropped: frozenset[bytes], carried: Carried) -> None:
        self.credentials = credentials
        self.dropped = dropped
        self.carried = carried


class _Meanings:
    """What paths mean to one integration; None for one that may not pass."""

    def __init__(self, matcher: PathMatcher) -> None:
        self.matcher = matcher
        self._known: dict[bytes, dict[bytes, Meaning | None]] = {verb: {} for verb in _VERBS}
        self.of = self._known.get

    def look(self, verb: bytes, path: bytes) -> Meaning | None:
        """Find out what a path means, and remember it."""
        known = self._known[verb]
        if len(known) >= MOST_PATHS:
            known.clear()
        meaning = known[path] = self._found(verb, path)
        return meaning

    def _found(self, verb: bytes, path: bytes) -> Meaning | None:
        if not _PATH.fullmatch(path) or is_escape(path[1:].decode()):
            return None
        match = self.matcher.find(_VERBS[verb], path[1:].decode())
        if match is not None and (
            match.method.sends is not None or match.method.idempotent is False
        ):
            return None
        return Meaning(match)


class _Pass(Pass):
    """A pass with what its calls need on their way."""

    __slots__ = ("carried", "meanings")

    carried: Carried
    meanings: _Meanings


class StraightPassthrough:
    """Decide on GET and HEAD; None leaves a request to `Passthrough`, which says what is wrong."""

    def __init__(self, calls: StraightCalls) -> None:
        self._calls = calls
        self._changes = calls.changes
        self._passes: dict[tuple[CallerHead, bytes], _Pass] = {}
        self._emptied_at = 0.0
        self._meanings: dict[str, _Meanings] = {}
        self._carried: dict[frozenset[bytes], Carried] = {}

    def __call__(self, verb: bytes, target: bytes, head: CallerHead) -> "Forwarded | None":
        """Return the call, or None for every other way."""
        now = monotonic()
        ends = target.find(b"/", _ACCOUNT_AT)
        asked = (head, target[_ACCOUNT_AT:ends])
        leave = self._passes.get(asked)
        if leave is None or leave.until <= now or leave.seen != self._changes():
            leave = None if ends < 0 else self._let(asked, now)
            if leave is None:
                return None
        known = leave.meanings.of(verb)
        path = behind = target[ends:]
        query = path.find(b"?")
        if query >= 0:
            if not _QUERY.fullmatch(path, query):
                return None
            path = path[:query]
        if known is None:
            return None
        try:
            meaning = known[path]
        except KeyError:
            meaning = leave.meanings.look(verb, path)
        if meaning is None or not leave.try_enter(meaning.rate_class):
            return None
        return Forwarded(self._calls, leave, meaning, verb, leave.way.prefix + behind, now)

    def _let(self, asked: tuple[CallerHead, bytes], now: float) -> _Pass | None:
        head, account = asked
        read: _Read | None = head.read or _read(head)
        if read is None or not _ACCOUNT.fullmatch(account):
            return None
        way = self._calls.way(read.token, account.decode())
        if way is None:
            return None
        crossing: _Crossing = way.derived or self._crossing(way)
        fields = read.without(crossing.dropped) + crossing.credentials
        leave = _Pass(self._calls, way, fields, until=self._calls.until(read.token, way))
        leave.carried = crossing.carried
        leave.meanings = self._meanings_of(way)
        if now - self._emptied_at > PASSES_SECONDS or len(self._passes) >= MOST_PASSES:
            # They hold credentials, and most of them are over.
            self._passes.clear()
            self._emptied_at = now
        if leave.until > now:
            self._passes[asked] = leave
        return leave

    def _meanings_of(self, way: Way) -> _Meanings:
        name, matcher = way.account.integration, way.bound.matcher
        meanings = self._meanings.get(name)
        if meanings is None or meanings.matcher is not matcher:
            meanings = self._meanings[name] = _Meanings(matcher)
        return meanings

    def _crossing(self, way: Way) -> _Crossing:
        pairs = self._calls.calls.credentials(way.bound)
        lines = "".join([f"{name}: {value}\r\n" for name, value in pairs])
        names = frozenset(name.lower().encode() for name, _ in pairs)
        heeded = way.bound.budget.heeded
        carried = self._carried.get(heeded)
        if carried is None:
            carried = self._carried[heeded] = Carried(heeded)
        crossing = _Crossing(lines.encode("latin-1"), _DROPPED | names, carried)
        way.derived = crossing
        return crossing


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
    common: _Pass

    def answered(self, status: int, headers: HeaderPairs) -> list[bytes]:
        """Return the provider's end-to-end headers, in order, unchanged, with ours behind."""
        refuse_odd_status(status)
        lines, learnt, is_limited = self.common.carried.across(status, headers)
        self.learn(status, learnt)
        lines.append(_ORIGIN if is_limited else _ORIGIN + self.limits())
        lines.append(b"waypost-request-id: %b\r\n" % self.request_id.encode())
        return lines


_ORIGIN = b"waypost-origin: provider\r\n"
