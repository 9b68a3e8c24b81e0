"""Forward a request to the provider as the account, and its answer back, byte for byte."""

from collections.abc import AsyncIterator
from urllib.parse import unquote

from waypost.base.asgi import Answer, PlainRequest
from waypost.base.errors import InvalidRequest, MethodNotSupported, ProviderGarbled
from waypost.engine.match import Match
from waypost.engine.retry import may_repeat
from waypost.engine.transport import OutgoingRequest, ProviderResponse
from waypost.features.passthrough.headers import request_headers, response_headers
from waypost.kernel.calls.on_behalf import Bound, Calls, refuse_writes_on_sandbox
from waypost.kernel.calls.paths import refuse_escape
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.environments import Caller

# TRACE has the provider repeat the request, and so the account's credential; CONNECT asks for a
# tunnel past everything here.
_REFUSED_VERBS = frozenset({"TRACE", "CONNECT"})


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
        try:
            response = await self._watched(request, bound, path, trace)
        except BaseException as error:
            self._calls.fail(trace, error)
            raise
        return await self._answer(bound, response, trace)

    async def _watched(
        self, request: PlainRequest, bound: Bound, path: str, trace: CallTrace
    ) -> ProviderResponse:
        """Send, and give up when the caller leaves; not what a provider may have acted on."""
        refuse_writes_on_sandbox(bound.account, request.method)
        match = bound.matcher.find(request.method, path)
        if match is not None:
            trace.record.resource, trace.record.method = match.resource, match.name
        if not _may_be_given_up(request.method, match):
            return await self._send(request, bound, path, match, trace)
        work = self._send(request, bound, path, match, trace)
        return await self._calls.departures.unless_left(request, work)

    async def _send(
        self,
        request: PlainRequest,
        bound: Bound,
        path: str,
        match: Match | None,
        trace: CallTrace,
    ) -> ProviderResponse:
        outgoing = OutgoingRequest(
            request.method,
            f"{bound.base_url}/{path}{request.query_part}",
            request_headers(request.scope["headers"], self._calls.credentials(bound)),
            self._body(request, trace),
        )
        wait = self._calls.patience(request)
        response = await self._calls.open(bound, outgoing, match, wait=wait, trace=trace)
        if not 200 <= response.status <= 599:
            await response.close()
            raise ProviderGarbled(
                f"The provider answered with status {response.status}, which HTTP does not know.",
                status=response.status,
            )
        return response

    def _body(self, request: PlainRequest, trace: CallTrace) -> AsyncIterator[bytes] | None:
        if not request.has_body:
            return None
        coding = request.header(b"transfer-encoding")
        if coding is not None and coding.strip().lower() != "chunked":
            raise InvalidRequest("A body may be sent chunked, and in no other transfer coding.")
        return _counted(request.chunks(self._calls.settings.stream_limit), trace)

    async def _answer(self, bound: Bound, response: ProviderResponse, trace: CallTrace) -> Answer:
        headers = response_headers(response.status, response.headers)
        headers.append((b"waypost-origin", b"provider"))
        headers += bound.budget.headers(headers, trace.rate_class)
        body = response.arrived()
        if body:  # the usual page: nothing is left to stream, or to break off
            await response.close()
            trace.finish(response.status, bytes_out=len(body))
            return Answer(response.status, headers, body)

        async def finish(sent: int, failure: BaseException | None) -> None:
            await response.close()
            trace.finish_stream(response.status, sent, failure)

        return Answer(response.status, headers, stream=response.chunks(), on_finish=finish)


def _may_be_given_up(verb: str, match: Match | None) -> bool:
    method = match.method if match else None
    idempotent, sends = (method.idempotent, method.sends) if method else (None, None)
    return may_repeat(verb, idempotent, sends=sends is not None)


async def _counted(chunks: AsyncIterator[bytes], trace: CallTrace) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        trace.record.bytes_in += len(chunk)
        yield chunk
