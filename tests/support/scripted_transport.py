"""A transport that plays a script: one function (or ready answer, or error) per request."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from waypost.engine.transport import Deadlines, Headers, OutgoingRequest


@dataclass(slots=True)
class ScriptedResponse:
    """A `ProviderResponse` made of chunks; `breaks_with` is raised after the last of them."""

    status: int
    headers: Headers = ()
    parts: Sequence[bytes] = ()
    breaks_with: Exception | None = None
    closed: bool = False

    def arrived(self) -> bytes | None:
        return None

    async def chunks(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            yield part
        if self.breaks_with is not None:
            raise self.breaks_with

    async def close(self) -> None:
        self.closed = True


Step = Callable[[OutgoingRequest], ScriptedResponse | Exception] | ScriptedResponse | Exception


@dataclass
class ScriptedTransport:
    """Answer the n-th request by the n-th step and keep what was sent; a missing step fails.

    With `forever=True` the last step answers every further request.
    """

    steps: Sequence[Step]
    forever: bool = False
    requests: list[OutgoingRequest] = field(default_factory=list)
    deadlines: list[Deadlines] = field(default_factory=list)
    responses: list[ScriptedResponse] = field(default_factory=list)

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> ScriptedResponse:
        place = len(self.requests)
        self.requests.append(request)
        self.deadlines.append(deadlines)
        if place >= len(self.steps) and not (self.forever and self.steps):
            raise AssertionError(f"unexpected request {place + 1}: {request.method} {request.url}")
        step = self.steps[min(place, len(self.steps) - 1)]
        outcome = step(request) if callable(step) else step
        if isinstance(outcome, Exception):
            raise outcome
        self.responses.append(outcome)
        return outcome

    async def close(self) -> None:
        return None


def answer(status: int = 200, body: Any = b"", **headers: str) -> ScriptedResponse:
    """Return a response; bytes go as they are, text as text/plain, anything else as JSON.

    Underscores in header names become hyphens.
    """
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    if isinstance(body, bytes):
        raw = body
    elif isinstance(body, str):
        raw = body.encode()
        named.setdefault("content-type", "text/plain; charset=utf-8")
    else:
        raw = json.dumps(body).encode()
        named.setdefault("content-type", "application/json")
    return ScriptedResponse(status, tuple(named.items()), [raw] if raw else [])


def header_of(request: OutgoingRequest, name: str) -> str | None:
    """Return the first value of a request's header, by lower-case name."""
    return next((value for key, value in request.headers if key == name), None)
