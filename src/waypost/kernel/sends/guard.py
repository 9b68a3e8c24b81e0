"""The way out of a call that must not be doubled: written down, sent, and its end told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from waypost.base.asgi import decode_json
from waypost.base.errors import ProviderGarbled, WaypostError
from waypost.engine.content import decoded
from waypost.engine.forms import form_type, read_form
from waypost.engine.manifest.integration import Method
from waypost.engine.sending import Message, read_messages
from waypost.engine.transport import (
    Deadlines,
    OutgoingRequest,
    ProviderResponse,
    Transport,
    WholeResponse,
)
from waypost.kernel.sends.crash_points import (
    AFTER_ANSWER_BODY,
    AFTER_ANSWER_HEAD,
    AFTER_REQUEST_SENT,
    BEFORE_DIAL,
    is_armed,
    reach,
)
from waypost.kernel.sends.outcome import CUT_OFF, Outcome, outcome_of_answer, outcome_of_failure
from waypost.kernel.sends.store import Claim, Settlement

MOST_READ = 256 * 1024
"""An answer's first bytes, which are read before its caller gets any; answers to sends are small."""
CRASH_AFTER_SECONDS = 0.03


@dataclass(slots=True)
class HeldKey:
    """A caller's key during its first call: whether that was written down, and what became of it."""

    claim: Claim
    is_claimed: bool = False
    send_id: str | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)

    @property
    def had_no_effect(self) -> bool:
        """Say whether it is certain that nothing was done under the key."""
        return all(each.had_no_effect for each in self.outcomes)

    @property
    def is_unclear(self) -> bool:
        """Say whether nobody knows how a call under the key ended."""
        return any(each.state == "ambiguous" for each in self.outcomes)


@dataclass(frozen=True, slots=True)
class GuardedCall:
    """Which call is guarded; `held` is its caller's key, if one was given."""

    environment_id: str
    account_id: str
    integration: str
    surface: str
    resource: str | None
    name: str | None
    method: Method | None
    held: HeldKey | None = None

    @property
    def sends(self) -> bool:
        """Say whether it makes a message leave."""
        return self.method is not None and self.method.sends is not None


BeforeSend = Callable[[GuardedCall, Sequence[Message]], Awaitable[Sequence[Mapping[str, Any]]]]
"""Whom a call's messages must not be written to: each an `address`, with what tells why."""


class Book(Protocol):
    """Where a guard writes."""

    async def enter(self, guard: "Guard", messages: list[Message]) -> None:
        """Write the call down durably; raises when it may not leave."""
        ...

    def end(self, guard: "Guard") -> None:
        """Write down how it ended."""
        ...

    def check(self, guard: "Guard") -> None:
        """Raise when this process no longer answers for the call."""
        ...


class Guard:
    """A transport for one call: what it sends is on the books before it leaves."""

    def __init__(self, call: GuardedCall, inner: Transport, book: Book) -> None:
        self.call = call
        self.send_id: str | None = None
        self.outcome: Outcome | None = None
        self.attempts = 0
        self.entered_at = 0.0
        self._inner = inner
        self._book = book

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> ProviderResponse:
        """Write down, then send; see the port. Raises also what keeps the call from leaving."""
        body = _said(request) if self.call.sends else None
        if self.attempts == 0:
            await self._book.enter(self, self._messages(body))
        self._book.check(self)
        self.attempts += 1
        self.outcome = Outcome("ambiguous", CUT_OFF)
        reach(BEFORE_DIAL)
        if is_armed(AFTER_REQUEST_SENT):
            asyncio.get_running_loop().call_later(CRASH_AFTER_SECONDS, reach, AFTER_REQUEST_SENT)
        try:
            response = await self._inner.send(request, deadlines)
            reach(AFTER_ANSWER_HEAD)
            response = await _begun(response)
        except BaseException as error:
            self.outcome = outcome_of_failure(error)
            raise
        self.outcome = self._outcome(response)
        reach(AFTER_ANSWER_BODY)
        return response

    async def close(self) -> None:
        """The transport inside belongs to the process."""

    def end(self) -> None:
        """Say that no further attempt is made; nothing for a call that never left."""
        if self.entered_at:
            self._book.end(self)

    def _messages(self, body: Any) -> list[Message]:
        method = self.call.method
        if method is None or method.sending is None:
            return []
        return read_messages(method.sending, body)

    def _outcome(self, response: ProviderResponse) -> Outcome:
        method = self.call.method
        sending = method.sending if method is not None else None
        body = _read(response) if sending is not None else None
        return outcome_of_answer(sending, response.status, response.headers, body)


def _read(response: ProviderResponse) -> Any:
    whole = response.arrived()
    if not whole:
        return None
    try:
        plain = decoded(WholeResponse(response.status, response.headers, whole), MOST_READ)
    except ProviderGarbled:
        return None
    return _parsed(plain.body)


def _said(request: OutgoingRequest) -> Any:
    """Return what a request's body says, as JSON or as a form; raises InvalidRequest for no form."""
    kind = form_type(request.headers) if isinstance(request.body, bytes) else None
    if kind is not None and isinstance(request.body, bytes):
        return read_form(kind, request.body)
    return _parsed(request.body)


def _parsed(body: object) -> Any:
    """Return a JSON body's value; None for any other."""
    if not isinstance(body, bytes):
        return None
    try:
        return decode_json(body)
    except WaypostError:
        return None


async def _begun(response: ProviderResponse) -> ProviderResponse:
    """Return the response with its body read as far as `MOST_READ`."""
    whole = response.arrived()
    if whole is not None:
        return _Begun(response, whole, None)
    first = bytearray()
    chunks = response.chunks()
    try:
        async for chunk in chunks:
            first += chunk
            if len(first) > MOST_READ:
                return _Begun(response, bytes(first), chunks)
    except BaseException:
        await response.close()
        raise
    return _Begun(response, bytes(first), None)


class _Begun:
    """A response whose first bytes were read, or all of them."""

    def __init__(
        self, inner: ProviderResponse, first: bytes, rest: AsyncIterator[bytes] | None
    ) -> None:
        self.status = inner.status
        self.headers = inner.headers
        self._inner = inner
        self._first = first
        self._rest = rest

    def arrived(self) -> bytes | None:
        return self._first if self._rest is None else None

    async def chunks(self) -> AsyncIterator[bytes]:
        if self._first:
            yield self._first
        if self._rest is not None:
            async for chunk in self._rest:
                yield chunk

    async def close(self) -> None:
        await self._inner.close()


__all__ = ["Book", "Guard", "GuardedCall", "HeldKey"]
