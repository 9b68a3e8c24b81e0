"""Forward a request to the provider as the account, and its answer back, byte for byte."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import unquote

from waypost.base.asgi import Answer, PlainRequest
from waypost.base.errors import InvalidRequest, MethodNotSupported, ProviderGarbled
from waypost.engine.match import Match
from waypost.engine.retry import may_repeat
from waypost.engine.transport import OutgoingRequest, ProviderResponse
from waypost.features.passthrough.headers import (
    refuse_odd_status,
    request_headers,
    response_headers,
)
from waypost.kernel.calls.on_behalf import Bound, Calls, refuse_writes_on_sandbox
from waypost.kernel.calls.paths import refuse_escape
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.environments import Caller
from waypost.kernel.sends.repeats import body_hash, key_of

# TRACE has the provider repeat the request, and so the account's credential; CONNECT asks for a
# tunnel past everything here.
_REFUSED_VERBS = frozenset({"TRACE", "CONNECT"})

Body = AsyncIterator[bytes] | bytes | None


class Passthrough:
    """Serve `/passthrough/{account_id}/{path}`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def __call__(self, request: PlainRequest, caller: Caller, tail: str) -> Answer:
        """Forward one request; raises WaypostError before the provider's answer begins."""
        if request.method in _REFUSED_VERBS:
            raise MethodNotSupported(f"{request.method} cannot be called here.")
        account_text, _, path = tail.partition("/")
        refuse_escape(path)
        bound = await self._calls.bind(caller, unquote(account_text) or None)
        trace = self._calls.begin(bound, "passthrough", request.scope)
        match = bound.matcher.find(request.method, path)
        if match is not None:
            trace.record.resource, trace.record.method = match.resource, match.name
        call = _Call(request, bound, path, match, trace)
        try:
            refuse_writes_on_sandbox(bound.account, request.method)
            if _is_plain(call):
                return await self._forward(call, self._body(call))
            return await self._once(call)
        except BaseException as error:
            self._calls.fail(trace, error, bound.budget)
            raise

    async def _once(self, call: "_Call") -> Answer:
        """Forward what must not be doubled: read whole, written down, answered again by its key."""
        body = b""
        if (chunks := self._body(call)) is not None:
            body = b"".join([chunk async for chunk in chunks])
        return await self._calls.once(
            call.request,
            call.bound,
            call.trace,
            lambda: self._forward(call, body or None),
            hashed_body=body_hash(body),
            is_repeatable=_may_be_given_up(call),
        )

    async def _forward(self, call: "_Call", body: Body) -> Answer:
        return await self._answer(call, await self._watched(call, body))

    async def _watched(self, call: "_Call", body: Body) -> ProviderResponse:
        """Send, and give up when the caller leaves; not what a provider may have acted on."""
        if not _may_be_given_up(call):
            return await self._send(call, body)
        work = self._send(call, body)
        return await self._calls.departures.unless_left(call.request, work)

    async def _send(self, call: "_Call", body: Body) -> ProviderResponse:
        request, bound = call.request, call.bound
        outgoing = OutgoingRequest(
            request.method,
            f"{bound.base_url}/{call.path}{request.query_part}",
            request_headers(request.scope["headers"], self._calls.credentials(bound)),
            body,
        )
        turn = self._calls.turn(request)
        response = await self._calls.open(bound, outgoing, call.match, turn=turn, trace=call.trace)
        try:
            refuse_odd_status(response.status)
        except ProviderGarbled:
            await response.close()
            raise
        return response

    def _body(self, call: "_Call") -> AsyncIterator[bytes] | None:
        request = call.request
        if not request.has_body:
            return None
        coding = request.header(b"transfer-encoding")
        if coding is not None and coding.strip().lower() != "chunked":
            raise InvalidRequest("A body may be sent chunked, and in no other transfer coding.")
        settings = self._calls.settings
        limit = settings.stream_limit if _is_plain(call) else settings.send_limit
        limit = min(limit, settings.stream_limit)
        request.refuse_longer(limit)  # of what may not go whole, nothing is to go
        return _counted(request.chunks(limit), call.trace)

    async def _answer(self, call: "_Call", response: ProviderResponse) -> Answer:
        trace = call.trace
        headers = response_headers(response.status, response.headers)
        headers.append((b"waypost-origin", b"provider"))
        headers += call.bound.budget.headers(headers, trace.rate_class)
        body = response.arrived()
        # The usual page: nothing is left to stream, or to break off.
        if body or (body is not None and trace.is_whole):
            await response.close()
            trace.finish(response.status, bytes_out=len(body))
            return Answer(response.status, headers, body)

        async def finish(sent: int, failure: BaseException | None) -> None:
            await response.close()
            trace.finish_stream(response.status, sent, failure)

        return Answer(response.status, headers, stream=response.chunks(), on_finish=finish)


@dataclass(frozen=True, slots=True)
class _Call:
    """One request on its way through."""

    request: PlainRequest
    bound: Bound
    path: str
    match: Match | None
    trace: CallTrace


def _is_plain(call: _Call) -> bool:
    """Say whether a request streams through; a send, or one with a key, is read whole first."""
    sends = call.match is not None and call.match.method.sends is not None
    return not sends and key_of(call.request) is None


def _may_be_given_up(call: _Call) -> bool:
    method = call.match.method if call.match else None
    idempotent, sends = (method.idempotent, method.sends) if method else (None, None)
    return may_repeat(call.request.method, idempotent, sends=sends is not None)


async def _counted(chunks: AsyncIterator[bytes], trace: CallTrace) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        trace.record.bytes_in += len(chunk)
        yield chunk
