"""A platform that speaks HTTP by itself, and calls that are known to have gone the straight way."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.support.raw_client import RawAnswer, connect, exchange, read_all, request_bytes
from tests.support.raw_provider import RawProvider, answering
from tests.support.served import Served
from tests.support.world import ACME_KEY, SHORT, AcmeWorld, make_environment, platform_for

from waypost.adapters.fast_http.protocol import FastProtocol

TRIES = 5


@dataclass
class FastWorld(AcmeWorld):
    """An account at the bare provider, behind a platform whose straight way is counted."""

    passed: list[bytes] = field(default_factory=list)
    """The targets of calls that went the straight way."""

    def warm(self) -> None:
        """Have everything in memory that a straight call needs, and nothing on the provider's list."""
        behaviour, self.provider.behaviour = self.provider.behaviour, answering(200, b"warm")
        assert self.passthrough("GET", "/warm").status == 200
        self.provider.behaviour = behaviour
        self.provider.received.clear()
        self.passed.clear()

    def target(self, path: str) -> str:
        """Return where a path of the provider is."""
        return f"/passthrough/{self.account}{path}"

    def request(self, verb: str, path: str, headers: Mapping[str, str] | None = None) -> bytes:  # type: ignore[override]
        """Spell a request on a connection that stays open, with the token."""
        given = {"Authorization": f"Bearer {self.environment.token}", "Connection": "keep-alive"}
        return request_bytes(verb, self.target(path), given | dict(headers or {}))

    def straight(self, verb: str, path: str, headers: Mapping[str, str] | None = None) -> RawAnswer:
        """Call byte for byte on the straight way."""
        given = {"Connection": "close", **(headers or {})}
        return self.straight_bytes(self.request(verb, path, given))

    def straight_bytes(self, raw: bytes) -> RawAnswer:
        """Send bytes, of which the first request goes the straight way."""
        for _ in range(TRIES):  # what is in memory is forgotten after two seconds
            self.warm()
            answer = exchange(self.environment.url, raw)
            if self.passed:
                return answer
        raise AssertionError("this did not go the straight way")

    def raw_bytes(self, raw: bytes) -> bytes:
        """Send bytes and return all that comes back until the server closes."""
        with connect(self.environment.url) as connection:
            connection.sendall(raw)
            return read_all(connection)


@contextmanager
def fast_platform(folder: Path, provider: RawProvider, **settings: Any) -> Iterator[Served]:
    """Serve a platform that speaks HTTP by itself."""
    with platform_for(folder, None, provider, **{**SHORT, "http": "fast", **settings}) as running:
        yield running


@contextmanager
def fast_world(served: Served, http: httpx.Client, provider: RawProvider) -> Iterator[FastWorld]:
    """Give an account of its own; nothing may be left open."""
    provider.reset()
    environment = make_environment(served, http)
    here = FastWorld(environment, provider, environment.link("acme", {"api_key": ACME_KEY}))
    protocol: Any = served.platform.application.protocol
    assert issubclass(protocol, FastProtocol)
    decide = protocol.decide

    def counted(verb: bytes, target: bytes, head: Any) -> Any:
        call = decide(verb, target, head)
        if call is not None:
            here.passed.append(target)
        return call

    protocol.decide = staticmethod(counted)
    try:
        yield here
    finally:
        protocol.decide = staticmethod(decide)
    assert here.busy == 0
    assert not provider.failures, provider.failures
