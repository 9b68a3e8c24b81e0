"""The same traffic through both ways of speaking HTTP, compared byte by byte at both bare sockets."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.support.fast_world import FastWorld, fast_platform, fast_world
from tests.support.http_traffic import OBLIGATIONS, Case, Maker, Script
from tests.support.raw_client import connect
from tests.support.raw_provider import Exchange, RawProvider, raw_provider
from tests.support.world import ACME_KEY, AcmeWorld, make_environment, platform_for

DIFFERENCES = {
    "waypost-request-id": "every request has its own",
    "ratelimit-remaining, ratelimit-reset": "the two accounts are as old as their last calls",
    "a frame of ours": "an answer of unknown length has a length when it was all there at once, and "
    "is chunked otherwise: that is a matter of when it arrived",
    "where a frame stands": "aiohttp and uvicorn write the line that frames a body last",
    "how a body is cut into chunks": "that is a matter of when its parts arrived",
    "how often a kept connection is tried again": "our pool tries once, aiohttp's every one it has",
    "whether a body that turns out broken was begun": "a matter of when its parts arrived",
    "what is no HTTP by the letter": "a folded header, a coding for one hop: aiohttp lets them pass, we "
    "answer that the provider's answer is not valid",
    "a body where none may be": "an answer to HEAD with one is cut off by either side, in its own way",
}
"""What is let off the comparison, and why."""

DEADLINES = {"first_byte_timeout": 0.8, "idle_timeout": 0.8, "total_timeout": 4.0}
_LENIENT = frozenset({"folded header", "coded for one hop"})
_OURS = ("waypost-request-id", "ratelimit-remaining", "ratelimit-reset")
_RESET = b"<reset>"
_FRAMES = ("content-length", "transfer-encoding", "connection")


@dataclass
class Side:
    """One platform with its provider and account."""

    here: AcmeWorld
    maker: Maker
    scripts: dict[str, Script] = field(default_factory=dict)

    def serve(self, exchange: Exchange) -> None:
        """Answer as the script of the request says."""
        script = self.scripts.get(
            _name_of(exchange.target),
            Script([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]),
        )
        if script.waits_for_body:
            exchange.read_body()
        for piece in script.pieces:
            if piece:
                exchange.send(piece)
            if script.pause:
                time.sleep(script.pause)
        if script.stays_silent:
            exchange.caller_left()
        if script.closes:
            exchange.close()


def _name_of(target: str) -> str:
    """Return the name of a request in its target, wherever it stands."""
    for part in target.replace("?", "/").replace("\\", "/").split("/"):
        if part.startswith("c") and "-" in part:
            return part
    return ""


@contextmanager
def both_sides(folder: Path) -> Iterator[tuple[Side, Side]]:
    """Give the fast side and the plain one."""
    with ExitStack() as stack:
        http = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        providers = [stack.enter_context(raw_provider()) for _ in range(2)]
        for name in ("fast", "plain"):
            (folder / name).mkdir(parents=True)
        ours = stack.enter_context(fast_platform(folder / "fast", providers[0], **DEADLINES))
        plain = stack.enter_context(
            platform_for(folder / "plain", None, providers[1], http="plain", **DEADLINES)
        )
        fast: AcmeWorld = stack.enter_context(fast_world(ours, http, providers[0]))
        environment = make_environment(plain, http)
        other = AcmeWorld(
            environment, providers[1], environment.link("acme", {"api_key": ACME_KEY})
        )
        sides = tuple(
            Side(here, Maker(here.account, here.environment.token)) for here in (fast, other)
        )
        for side in sides:
            side.here.provider.behave(side.serve)
        yield sides[0], sides[1]


@dataclass
class Outcome:
    """What both bare sockets saw of one case."""

    answers: list[tuple[object, ...]]
    rest: bytes
    received: list[tuple[object, ...]]


@dataclass
class Tally:
    """What a run of cases showed."""

    cases: int = 0
    requests: int = 0
    straight: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def missed(self) -> set[str]:
        """Return the obligations that no case reached."""
        return set(OBLIGATIONS) - self.reached.keys()


def run_cases(sides: tuple[Side, Side], seed: int, count: int, tally: Tally) -> None:
    """Run so many cases: first one for each obligation, then at random."""
    wanted: list[str | None] = [*sorted(OBLIGATIONS)]
    for number in range(count):
        goal = wanted[number] if number < len(wanted) else None
        outcomes = []
        for side in sides:
            case = side.maker.case(seed, number, goal)
            outcomes.append(run_case(side, case, tally))
        tally.cases += 1
        tally.requests += len(case.asked)
        tally.reached.update(case.tags)
        said = compare(case, *outcomes)
        if said:
            tally.differences.append(f"seed {seed}, case {number} {sorted(case.tags)}: {said}")


def run_case(side: Side, case: Case, tally: Tally) -> Outcome:
    """Send a case through one side."""
    provider = side.here.provider
    _warm(side)
    provider.received.clear()
    before = len(side.here.passed) if isinstance(side.here, FastWorld) else 0
    side.scripts = {f"c{case.number}-{index}": script for index, script in enumerate(case.scripts)}
    raw = _sent(side, case)
    answers, rest = read_answers(raw, [each.verb for each in case.asked])
    if isinstance(side.here, FastWorld):
        tally.straight += len(side.here.passed) - before
    host = provider.url.split("/")[2]
    received = [_received(each, host) for each in list(provider.received)]
    return Outcome(answers, rest, received)


def _warm(side: Side) -> None:
    assert side.here.passthrough("GET", "/warm").status == 200


def _sent(side: Side, case: Case) -> bytes:
    """Send all of a case, cut as it says, and return everything until the server closes."""
    raw = case.raw
    collected = bytearray()
    with connect(side.here.environment.url) as connection:
        at = 0
        for cut in (*case.cuts, len(raw)):
            try:
                connection.sendall(raw[at:cut])
            except OSError:
                break  # refused before the end
            at = cut
            if cut < len(raw):
                time.sleep(0.003)
        try:
            while piece := connection.recv(65536):
                collected += piece
        except ConnectionResetError:
            collected += _RESET
    return bytes(collected)


def read_answers(raw: bytes, verbs: list[str]) -> tuple[list[tuple[object, ...]], bytes]:
    """Take answers apart into what must be equal; the rest is what broke off."""
    found: list[tuple[object, ...]] = []
    waiting = list(verbs)
    while raw:
        head, end, rest = raw.partition(b"\r\n\r\n")
        if not end:
            break
        line, *fields = head.split(b"\r\n")
        status = int(line.split(b" ")[1])
        pairs = [tuple(each.split(b": ", 1)) for each in fields]
        named = {name.decode(): value for name, value in pairs if name.decode() in _FRAMES}
        kept = [pair for pair in pairs if pair[0].decode() not in (*_FRAMES, *_OURS)]
        if status == 100:
            found.append((line,))
            raw = rest
            continue
        verb = waiting.pop(0) if waiting else "GET"
        bodiless = verb == "HEAD" or status in (204, 304)
        body, raw, whole = (b"", rest, True) if bodiless else _body(named, rest)
        length = named.get("content-length") if bodiless else None
        found.append((line, kept, body, whole, length, named.get("connection")))
    return found, raw


def _body(frames: dict[str, bytes], rest: bytes) -> tuple[bytes, bytes, bool]:
    if "content-length" in frames:
        length = int(frames["content-length"])
        if len(rest) - len(_RESET) < length:
            rest = rest.removesuffix(_RESET)  # too short is too short, however it ends
        return rest[:length], rest[length:], len(rest) >= length
    if "transfer-encoding" not in frames:
        return rest, b"", not rest.endswith(_RESET)
    body = b""
    while True:
        size, end, after = rest.partition(b"\r\n")
        if not end or size == _RESET:
            return body, b"", False
        length = int(size, 16)
        if not length:
            return body, after[2:], True
        body += after[:length]
        rest = after[length + 2 :]


def _received(exchange: Exchange, host: str) -> tuple[object, ...]:
    line, *fields = exchange.head.split(b"\r\n")
    pairs = [each.replace(host.encode(), b"<host>") for each in fields]
    framing = (b"content-length:", b"transfer-encoding:")
    frames = sorted(each.lower() for each in pairs if each.lower().startswith(framing))
    kept = [each for each in pairs if not each.lower().startswith(framing)]
    return (line, kept, frames, exchange.body)


def compare(case: Case, ours: Outcome, plain: Outcome) -> str:
    """Say what differs, "" when nothing does."""
    if case.tags & _LENIENT:
        refused = [answer for answer in ours.answers if b" 502 " in answer[0]]  # type: ignore[operator]
        return "" if refused or not _reached(case, ours) else "a lenient answer passed"
    if ours.answers != plain.answers or ours.rest != plain.rest:
        return f"the caller got {_short(ours.answers)} {ours.rest[:60]!r}, and plainly {_short(plain.answers)} {plain.rest[:60]!r}"
    if any(each.is_broken for each in case.asked):
        return ""
    mine, theirs = _once_each(ours.received), _once_each(plain.received)
    if mine != theirs:
        return f"the provider got {_short(mine)}, and plainly {_short(theirs)}"
    return ""


def _reached(case: Case, ours: Outcome) -> bool:
    """Say whether the provider was asked at all for what it answers with so little care."""
    at = [bool(script.tags & _LENIENT) for script in case.scripts].index(True)
    return any(
        _name_of(line.split(b" ")[1].decode()) == f"c{case.number}-{at}" for line in _lines(ours)
    )


def _lines(outcome: Outcome) -> list[bytes]:
    return [each[0] for each in outcome.received if isinstance(each[0], bytes)]


def _once_each(received: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [each for at, each in enumerate(received) if each not in received[:at]]


def _short(value: object) -> str:
    return repr(_shortened(value))


def _shortened(value: object) -> object:
    if isinstance(value, bytes) and len(value) > 80:
        return value[:60] + b"...%d" % len(value)
    if isinstance(value, list | tuple):
        return [_shortened(each) for each in value]
    return value


__all__ = ["DIFFERENCES", "RawProvider", "Tally", "both_sides", "run_cases"]
