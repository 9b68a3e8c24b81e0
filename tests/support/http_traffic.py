"""Random traffic for a proxy at two bare sockets: what a caller sends, and what a provider answers.

Every case is made from a seed and names the obligations it reaches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

VERBS = ("GET",) * 8 + ("HEAD",) * 3 + ("POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})

OBLIGATIONS = frozenset(
    {
        # what callers send
        *("head", "body with a length", "body in chunks", "trailers of a caller", "body in pieces"),
        *("expect", "http/1.0", "pipelining", "h2c with a body", "websocket", "connection-named"),
        *("bare question mark", "bytes that are no utf-8", "range", "empty body", "large upload"),
        *("smuggling", "too many headers", "too large a head", "reused by the caller"),
        *("a path that climbs", "unknown token", "idempotency key", "repeated headers"),
        # what providers answer
        *("204", "304", "answer with a length", "answer in chunks", "trailers of a provider"),
        *("answer until the end", "answer in pieces", "interim answers", "unknown status"),
        *("closes after the answer", "breaks off", "closes without a word", "no http"),
        *("both length and coding", "coded for one hop", "large answer", "401", "redirect"),
        *("late", "stops", "names of ours", "hop-by-hop of a provider", "folded header"),
        *("obsolete version", "words too many"),
    }
)


@dataclass
class Asked:
    """One request as it is sent; `tags` are what it reaches."""

    raw: bytes
    verb: str
    tags: set[str] = field(default_factory=set)
    is_broken: bool = False


@dataclass
class Script:
    """What the provider does: pieces with pauses before them, and whether it closes then."""

    pieces: list[bytes] = field(default_factory=list)
    pause: float = 0.0
    closes: bool = False
    waits_for_body: bool = True
    stays_silent: bool = False
    is_bounded: bool = True
    tags: set[str] = field(default_factory=set)


@dataclass
class Case:
    """Requests on one connection, what the provider says to each, and how the bytes are cut."""

    number: int
    asked: list[Asked]
    scripts: list[Script]
    cuts: list[int]

    @property
    def tags(self) -> set[str]:
        """Return what this case reaches."""
        every = [each.tags for each in self.asked] + [each.tags for each in self.scripts]
        return set().union(*every)

    @property
    def raw(self) -> bytes:
        """Return all that the caller sends."""
        return b"".join(each.raw for each in self.asked)


class Maker:
    """Make cases for one account of one platform; the same seed makes the same case for another."""

    def __init__(self, account: str, token: str) -> None:
        self._account = account
        self._token = token

    def case(self, seed: int, number: int, wanted: str | None = None) -> Case:
        """Return a case; `wanted` names an obligation that it shall reach."""
        random = Random(seed * 1_000_003 + number)
        several = wanted in ("pipelining", "reused by the caller") or random.random() < 0.12
        count = random.randint(2, 3) if several else 1
        asked, scripts = [], []
        for index in range(count):
            last = index == count - 1
            one = self._asked(random, f"c{number}-{index}", last=last, wanted=wanted)
            asked.append(one)
            scripts.append(_script(random, one.verb, wanted))
            if not last and scripts[-1].is_bounded and "length" in " ".join(scripts[-1].tags):
                # Whether the next request is sent before the end is seen is a matter of moments.
                scripts[-1].closes = False
            if count > 1:
                one.tags |= {"pipelining", "reused by the caller"}
            if one.is_broken:
                break
        length = sum(len(one.raw) for one in asked)
        cuts = [random.randrange(1, length) for _ in range(random.choice((0, 0, 0, 1, 2)))]
        if wanted == "body in pieces":
            cuts = [length - 1]
        case = Case(number, asked, scripts, sorted(cuts))
        if cuts:
            asked[-1].tags.add("body in pieces")
        return case

    # ── the caller ─────────────────────────────────────────────────────────────────────────────

    def _asked(self, random: Random, name: str, *, last: bool, wanted: str | None) -> Asked:
        for tag, make in _REFUSED.items():
            if wanted == tag or (last and wanted is None and random.random() < 0.02):
                raw = make(
                    random, self._head("POST" if tag == "smuggling" else "GET", f"/{name}", [])
                )
                return Asked(raw, "GET", {tag}, is_broken=True)
        tags: set[str] = set()
        verb = random.choice(VERBS)
        if wanted in _NEEDS_VERB:
            verb = _NEEDS_VERB[wanted]
        if verb == "HEAD":
            tags.add("head")
        old = last and (wanted == "http/1.0" or random.random() < 0.06)
        lines = list(_headers(random, tags, wanted))
        body = b""
        if verb in WITH_BODY:
            body = _body(random, lines, tags, wanted, old=old)
        if last:
            lines.append(b"Connection: close")
        if old:
            tags.add("http/1.0")
        path, token = _target(random, f"/{name}", tags, wanted)
        version = "HTTP/1.0" if old else "HTTP/1.1"
        return Asked(self._head(verb, path, lines, token, version) + body, verb, tags)

    def _head(
        self, verb: str, path: str, lines: list[bytes], token: str = "", version: str = "HTTP/1.1"
    ) -> bytes:
        token = token or self._token
        first = f"{verb} /passthrough/{self._account}{path} {version}\r\nHost: w\r\n"
        head = f"{first}Authorization: Bearer {token}\r\n".encode()
        return head + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


_NEEDS_VERB = {
    "head": "HEAD",
    **dict.fromkeys(
        (
            *("body with a length", "body in chunks", "trailers of a caller", "body in pieces"),
            *("expect", "h2c with a body", "empty body", "large upload"),
        ),
        "POST",
    ),
    **dict.fromkeys(
        (
            *("answer with a length", "answer in chunks", "trailers of a provider", "late"),
            *("answer until the end", "answer in pieces", "breaks off", "large answer", "stops"),
            *(
                "closes after the answer",
                "websocket",
                "connection-named",
                "range",
                "words too many",
                "obsolete version",
            ),
        ),
        "GET",
    ),
}


def _target(random: Random, path: str, tags: set[str], wanted: str | None) -> tuple[str, str]:
    """Return a path, perhaps one that climbs, and a token, "" for the right one."""
    path += _query(random, tags, wanted)
    if wanted == "a path that climbs" or random.random() < 0.02:
        path = random.choice(("/..", "/%2e%2e", "/a/../b", "/a\\..\\b")) + path
        tags.add("a path that climbs")
    if wanted == "unknown token" or random.random() < 0.02:
        tags.add("unknown token")
        return path, "unknown"
    return path, ""


def _query(random: Random, tags: set[str], wanted: str | None) -> str:
    if wanted == "bare question mark" or random.random() < 0.05:
        tags.add("bare question mark")
        return "?"
    words = (
        "",
        "",
        "?a=1&a=2",
        "?q=%C3%A9%zz&b[]=x",
        "//x/%20y/",
        "?x=a/b?c:d",
        "/@me;v=1,2",
        "?=&&",
    )
    return random.choice(words)


def _headers(random: Random, tags: set[str], wanted: str | None) -> Iterator[bytes]:
    """Yield header lines, most of them harmless."""
    for tag, lines in _LINES.items():
        if wanted == tag or random.random() < 0.08:
            tags.add(tag)
            yield from lines
    for _ in range(random.randrange(4)):
        number = random.randrange(100)
        yield b"X-Own-%d: %b" % (number, bytes(random.choices(_LETTERS, k=random.randrange(40))))
    if random.random() < 0.1:
        yield b"X-Long: " + b"y" * random.randrange(1000, 20_000)


_LETTERS = bytes(range(0x21, 0x7F)) + b"    "
_LINES: dict[str, tuple[bytes, ...]] = {
    "connection-named": (b"Connection: X-Hop, keep-alive", b"X-Hop: gone", b"Keep-Alive: 5"),
    "bytes that are no utf-8": (b"X-Bytes: caf\xe9 \xff\xfe", b"X-Utf: caf\xc3\xa9"),
    "range": (b"Range: bytes=0-9", b'If-None-Match: W/"x"'),
    "idempotency key": (b"Prefer: wait=5", b"Cookie: a=b"),
    "repeated headers": (b"X-Twice: 1", b"x-twice: 2", b"Accept: a/b", b"X-Empty:"),
}


def _body(
    random: Random, lines: list[bytes], tags: set[str], wanted: str | None, *, old: bool
) -> bytes:
    size = random.choice((0, 1, 17, 1000, 5000, 70_000))
    if wanted == "large upload" or random.random() < 0.03:
        size = 700_000
        tags.add("large upload")
    if wanted == "empty body":
        size = 0
    elif wanted is not None:
        size = max(size, 3)
    body = random.randbytes(size)
    tags.add("body with a length" if size else "empty body")
    if wanted == "expect" or (size and not old and random.random() < 0.08):
        lines.append(b"Expect: 100-continue")
        tags.add("expect")
    elif wanted == "h2c with a body" or (size and not old and random.random() < 0.05):
        lines += [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AA"]
        tags.add("h2c with a body")
    chunked = wanted in ("body in chunks", "trailers of a caller")
    if not chunked and (old or random.random() < 0.6 or wanted is not None):
        if size or random.random() < 0.7:
            lines.append(b"Content-Length: %d" % size)
        return body
    lines.append(b"Transfer-Encoding: chunked")
    tags.add("body in chunks")
    trailers = wanted == "trailers of a caller" or random.random() < 0.3
    if trailers:
        tags.add("trailers of a caller")
    return in_chunks(
        random, body, b"X-Late: 1\r\nAuthorization: Bearer evil\r\n" if trailers else b""
    )


def in_chunks(random: Random, body: bytes, trailers: bytes = b"") -> bytes:
    """Return a body in chunks of random sizes, some with an extension."""
    pieces = []
    at = 0
    while at < len(body):
        size = random.randint(1, max(1, len(body) // random.randint(1, 4)))
        piece = body[at : at + size]
        extension = b";a=b" if random.random() < 0.2 else b""
        pieces.append(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece))
        at += size
    return b"".join(pieces) + b"0\r\n" + trailers + b"\r\n"


_SMUGGLED = (
    b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"Content-Length: +3\r\n\r\nabc",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"X-A: 1\nX-B: 2\r\n\r\n",
    b"X-A: a\0b\r\n\r\n",
    b"X-A: a\r\n b\r\n\r\n",
    b"X-A : a\r\n\r\n",
    b"Host: other\r\n\r\n",
)
_REFUSED = {
    "smuggling": lambda random, head: head[:-2] + random.choice(_SMUGGLED),
    "too many headers": lambda random, head: head[:-2] + b"X: 1\r\n" * 200 + b"\r\n",
    "too large a head": lambda random, head: head[:-2] + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
    "websocket": lambda random, head: (
        head[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
    ),
}


# ── the provider ───────────────────────────────────────────────────────────────────────────────


def _script(random: Random, verb: str, wanted: str | None) -> Script:
    for tag, make in _ODD.items():
        if verb == "HEAD" and tag in _WITH_A_BODY:
            continue  # a body where none may be is a fault that each side meets in its own way
        if wanted == tag or (wanted is None and random.random() < 0.012):
            script = make(random)
            script.tags.add(tag)
            return script
    script = Script()
    status = random.choice(
        (200,) * 8 + (201, 202, 204, 206, 304, 301, 307, 400, 401, 404, 422, 500)
    )
    status = {"204": 204, "304": 304, "401": 401, "redirect": 302}.get(wanted or "", status)
    if wanted in _NEEDS_VERB:
        status = 200
    script.tags |= {str(status)} & OBLIGATIONS
    if status in (301, 302, 307):
        script.tags.add("redirect")
    lines = [b"HTTP/1.1 %d Some Reason" % status, *_answer_headers(random, script, wanted)]
    size = random.choice((0, 1, 10, 3000, 3000, 20_000, 90_000))
    if wanted == "large answer" or random.random() < 0.03:
        size = 900_000
        script.tags.add("large answer")
    body = random.randbytes(max(size, 4) if wanted else size)
    raw = _framed(
        random, lines, body, script, wanted, bodiless=verb == "HEAD" or status in (204, 304)
    )
    if wanted == "interim answers" or random.random() < 0.06:
        script.tags.add("interim answers")
        raw = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + raw
    script.pieces = [raw]
    if wanted == "answer in pieces" or random.random() < 0.15:
        script.tags.add("answer in pieces")
        at = sorted(random.randrange(1, len(raw)) for _ in range(2))
        script.pieces = [raw[: at[0]], raw[at[0] : at[1]], raw[at[1] :]]
        script.pause = 0.004
    return script


def _answer_headers(random: Random, script: Script, wanted: str | None) -> Iterator[bytes]:
    yield from random.sample(_USUAL, k=random.randrange(len(_USUAL)))
    if wanted == "names of ours" or random.random() < 0.05:
        script.tags.add("names of ours")
        yield b"Waypost-Origin: platform"
        yield b"waypost-request-id: forged"
    if wanted == "hop-by-hop of a provider" or random.random() < 0.08:
        script.tags.add("hop-by-hop of a provider")
        yield b"Connection: keep-alive, X-Nominated"
        yield b"X-Nominated: gone"
        yield b"Keep-Alive: timeout=9"
        yield b"Proxy-Authenticate: x"


_USUAL = (
    b"Content-Type: application/json",
    b"Date: Mon, 01 Jan 2026 00:00:00 GMT",
    b"Server: acme/1",
    b"Set-Cookie: a=1; Path=/",
    b"Set-Cookie: b=2",
    b"X-Message-Id: m1",
    b"X-Bytes: caf\xe9\xff",
    b"X-Empty:",
    b"Content-Encoding: gzip",
    b"Content-Range: bytes 0-9/100",
    b'ETag: W/"x"',
    b"X-Spaced:   a  b   ",
)


def _framed(
    random: Random,
    lines: list[bytes],
    body: bytes,
    script: Script,
    wanted: str | None,
    *,
    bodiless: bool,
) -> bytes:
    how = random.choice(("length", "length", "length", "chunks", "end"))
    how = {
        "answer with a length": "length",
        "closes after the answer": "length",
        "answer in chunks": "chunks",
        "trailers of a provider": "chunks",
        "answer until the end": "end",
    }.get(wanted or "", how)
    if bodiless:
        extra = (
            [] if how == "end" else [_FRAMES[how] % len(body) if how == "length" else _FRAMES[how]]
        )
        return b"\r\n".join([*lines, *extra, b"", b""])
    if how == "length":
        script.tags.add("answer with a length")
        if wanted == "closes after the answer" or random.random() < 0.1:
            script.tags.add("closes after the answer")
            script.closes = True
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])
    script.is_bounded = False
    if how == "chunks":
        script.tags.add("answer in chunks")
        trailers = wanted == "trailers of a provider" or random.random() < 0.3
        if trailers:
            script.tags.add("trailers of a provider")
        chunks = in_chunks(random, body, b"X-Sum: 1\r\n" if trailers else b"")
        return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", chunks])
    script.tags |= {"answer until the end", "closes after the answer"}
    script.closes = True
    return b"\r\n".join([*lines, b"", body])


_FRAMES = {"length": b"Content-Length: %d", "chunks": b"Transfer-Encoding: chunked"}
_BROKEN = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
)
_WITH_A_BODY = frozenset({"breaks off", "stops", "words too many", "obsolete version"})
_ODD = {
    "unknown status": lambda random: Script([b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"]),
    "breaks off": lambda random: Script([random.choice(_BROKEN), b""], pause=0.02, closes=True),
    "closes without a word": lambda random: Script(closes=True),
    "no http": lambda random: Script([b"220 smtp ready\r\n\r\n"], closes=True),
    "both length and coding": lambda random: Script(
        [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
        closes=True,
    ),
    "coded for one hop": lambda random: Script(
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc"], closes=True
    ),
    "folded header": lambda random: Script(
        [b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 0\r\n\r\n"], closes=True
    ),
    "obsolete version": lambda random: Script(
        [b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold"], closes=True
    ),
    "words too many": lambda random: Script(
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        ],
        closes=True,
    ),
    "late": lambda random: Script(stays_silent=True),
    "stops": lambda random: Script(
        [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"], stays_silent=True
    ),
}
