"""One request's dealings with a provider: calls through the rings, read, traced, cursors sealed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from waypost.base.asgi import Answer, HeaderPairs, PlainRequest
from waypost.base.errors import (
    ProviderGarbled,
    ProviderRefused,
)
from waypost.base.page import query_digest
from waypost.base.spellings import all_spellings, cut
from waypost.engine.answer import is_error, provider_error, read_body, read_record
from waypost.engine.call import CallPlan, ListPage, authorized, build, list_page
from waypost.engine.content import decoded
from waypost.engine.manifest.integration import Method
from waypost.engine.match import Match
from waypost.engine.placeholders import MISSING, look_up
from waypost.engine.redirects import Trail
from waypost.engine.request import CallInput
from waypost.engine.retry import may_repeat
from waypost.engine.transport import (
    Headers,
    OutgoingRequest,
    ProviderResponse,
    WholeResponse,
    header,
    read_whole,
)
from waypost.engine.unify import Fetched
from waypost.kernel.calls.forwarded import forwarded
from waypost.kernel.calls.on_behalf import Bound, Calls, refuse_writes_on_sandbox
from waypost.kernel.calls.reading import Reading
from waypost.kernel.calls.trace import CallTrace

T = TypeVar("T")

_PLAIN_FORMATS = frozenset({"binary", "text"})


class Sender:
    """Implement `engine.unify.Send` for one request on behalf of one account."""

    def __init__(self, calls: Calls, bound: Bound, trace: CallTrace, request: PlainRequest) -> None:
        self.bound = bound
        self.trace = trace
        self._calls = calls
        self._turn = calls.turn(request)
        self._request = request
        self._has_acted = False

    def is_paged(self, resource: str, method: str) -> bool:
        """Say whether the provider pages this list itself."""
        return self._calls.method(self.bound, resource, method).pagination is not None

    async def one(self, resource: str, method: str, call: CallInput) -> Fetched:
        """Call a method; raises ProviderRefused for an error status."""
        response = await self.whole(resource, method, call)
        return _fetched(self._calls.method(self.bound, resource, method), response)

    async def page(
        self,
        resource: str,
        method: str,
        call: CallInput,
        *,
        limit: int | None,
        cursor: Mapping[str, Any] | None,
    ) -> Fetched:
        """Read one page of a list."""
        page = await self.list_page(resource, method, call, limit=limit, cursor=cursor)
        return Fetched(page.records, page.response.status, page.response.headers, page.next)

    def list_page(
        self,
        resource: str,
        method: str,
        call: CallInput,
        *,
        limit: int | None,
        cursor: Mapping[str, Any] | None,
    ) -> Awaitable[ListPage]:
        """Read one page of a list, with the cursors around it."""
        found = self._calls.method(self.bound, resource, method)
        plan = self._plan(found, call)
        return list_page(plan, limit=limit, cursor=cursor, send=self._send)

    async def whole(self, resource: str, method: str, call: CallInput) -> WholeResponse:
        """Call a method and return the answer unread; raises ProviderRefused for an error status."""
        found = self._calls.method(self.bound, resource, method)
        refuse_writes_on_sandbox(self.bound.account, found.verb)
        response = await self._send(self._plan(found, call))
        if is_error(response.status):
            raise self._refused(found, response)
        return response

    async def stream(self, resource: str, method: str, call: CallInput) -> Answer:
        """Call a method once and answer with its body as it arrives."""
        found = self._calls.method(self.bound, resource, method)
        refuse_writes_on_sandbox(self.bound.account, found.verb)
        plan = self._plan(found, call)
        request = authorized(plan, build(plan))
        match = Match(resource, method, found)
        trail = Trail(request)
        opened = await self._unless_left(found.verb, found, self._open(trail, match))
        if is_error(opened.status):
            raise self._refused(found, await self._settled(opened, trail, found))
        head = WholeResponse(opened.status, opened.headers, b"")
        head.is_from_elsewhere = trail.is_elsewhere
        try:
            await self._calls.settle(self.bound, found, head, self.trace)
        except BaseException:
            await opened.close()
            raise

        async def finish(sent: int, failure: BaseException | None) -> None:
            await opened.close()
            self.trace.finish_stream(opened.status, sent, failure)

        kind = header(opened.headers, "content-type")
        types = [(b"content-type", kind.encode("latin-1"))] if kind else []
        headers = [*types, *forwarded(opened.headers), *self.headers()]
        return Answer(opened.status, headers, stream=opened.chunks(), on_finish=finish)

    async def raw(
        self,
        verb: str,
        path_and_query: str,
        *,
        headers: Headers,
        body: bytes | None,
        response_path: str | None = None,
    ) -> Fetched:
        """Call a raw path; raises ProviderRefused for an error status."""
        refuse_writes_on_sandbox(self.bound.account, verb)
        match = self.bound.matcher.find(verb, path_and_query.partition("?")[0])
        method = match.method if match else None
        if match is not None:
            self.trace.record.resource, self.trace.record.method = match.resource, match.name
        declared = tuple(
            (name.lower(), value)
            for name, value in self.bound.integration.headers.items()
            if value is not None and name.lower() not in {given for given, _ in headers}
        )
        request = OutgoingRequest(
            verb,
            f"{self.bound.base_url}/{path_and_query}",
            (*headers, *declared, *self._calls.credentials(self.bound, method)),
            body,
        )
        response = await self._unless_left(verb, method, self._read(request, match))
        if is_error(response.status):
            raise self._refused(method, response)
        return _at(_fetched(None, response), response_path, response)

    async def _read(self, request: OutgoingRequest, match: Match | None) -> WholeResponse:
        trail = Trail(request)
        opened = await self._open(trail, match)
        return await self._settled(opened, trail, match.method if match else None)

    async def _open(self, trail: Trail, match: Match | None) -> ProviderResponse:
        return await self._calls.open(
            self.bound, trail.request, match, turn=self._turn, trace=self.trace, trail=trail
        )

    async def _settled(
        self, opened: ProviderResponse, trail: Trail, method: Method | None
    ) -> WholeResponse:
        """Read an answer whole, and remember what it means for the account."""
        limit = self._calls.settings.body_limit
        response = decoded(await read_whole(opened, limit), limit)
        response.is_from_elsewhere = trail.is_elsewhere
        await self._calls.settle(self.bound, method, response, self.trace)
        return response

    def _unless_left(self, verb: str, method: Method | None, work: Awaitable[T]) -> Awaitable[T]:
        """Return one call to await; a read is given up when its caller leaves, unless something was changed.

        What may have changed something is to be seen through, and what comes after it too.
        """
        self._has_acted = self._has_acted or not _reads(verb, method)
        if self._has_acted:
            return work
        return self._calls.departures.unless_left(self._request, work)

    def once(
        self, reading: Reading, method: Method | None, serve: Callable[[], Awaitable[Answer]]
    ) -> Awaitable[Answer]:
        """Serve the request, or give again what the first one with its Idempotency-Key got."""
        sends = method is not None and method.sends is not None
        idempotent = method.idempotent if method is not None else None
        return self._calls.once(
            self._request,
            self.bound,
            self.trace,
            serve,
            hashed_body=reading.body_hash,
            is_repeatable=may_repeat(self._request.method, idempotent, sends=sends),
        )

    def _plan(self, method: Method, call: CallInput) -> CallPlan:
        self.trace.rate_class = method.rate_class
        return self._calls.plan(self.bound, method, call, patience=self._turn.wait)

    def _send(self, plan: CallPlan) -> Awaitable[WholeResponse]:
        work = self._calls.send(self.bound, plan, turn=self._turn, trace=self.trace)
        return self._unless_left(plan.method.verb, plan.method, work)

    def _refused(self, method: Method | None, response: WholeResponse) -> ProviderRefused:
        secrets = self.bound.account.credentials.values()
        return provider_error(self.bound.integration, method, response, secrets=secrets)

    def done(self, answer: Answer, *, result_count: int | None = None) -> Answer:
        """Complete the trace by the answer that its caller gets, and return that."""
        self.trace.finish(answer.status, result_count=result_count, bytes_out=len(answer.body))
        return answer

    def failed(self, error: BaseException) -> None:
        """Complete the trace of a request that ends in an error, and quote no credential in it."""
        if isinstance(error, ProviderGarbled):
            secrets = self.bound.account.credentials.values()
            error.body = cut(error.body, all_spellings(each.reveal() for each in secrets))
        self._calls.fail(self.trace, error, self.bound.budget)

    def headers(self) -> HeaderPairs:
        """Return our headers for an answer: whose it is, and how much of the budget is left."""
        return [
            (b"waypost-origin", b"provider"),
            *self.bound.budget.headers([], self.trace.rate_class),
        ]

    def binding(self, surface: str, resource: str, reading: Reading) -> dict[str, str]:
        """Return what a cursor of this list is bound to: the account and the question."""
        question = {
            name: value
            for name, value in {**reading.query, "remote_query": reading.remote_query}.items()
            if name not in ("prev_cursor", "next_cursor", "limit")
        }
        return {
            "account": self.bound.account.id,
            "surface": surface,
            "resource": resource,
            "query": query_digest(question),
        }

    def open_cursor(self, text: str | None, bound_to: dict[str, str]) -> dict[str, Any] | None:
        """Return what a cursor holds; raises InvalidRequest for a foreign or altered one."""
        return None if text is None else self._calls.cursors.open(text, bound_to=bound_to)

    def seal_cursor(self, cursor: Mapping[str, Any] | None, bound_to: dict[str, str]) -> str | None:
        """Return the opaque text of a cursor."""
        return None if cursor is None else self._calls.cursors.seal(cursor, bound_to=bound_to)


def begin_sender(
    calls: Calls, bound: Bound, surface: str, request: PlainRequest, reading: Reading
) -> Sender:
    """Begin one request's dealings with a provider."""
    trace = calls.begin(bound, surface, request.scope)
    trace.record.bytes_in = reading.body_size
    return Sender(calls, bound, trace, request)


def plain_answer(fetched: Fetched, headers: HeaderPairs) -> Answer:
    """Return a body that is no JSON as it came."""
    kind = fetched.content_type
    types = [(b"content-type", kind.encode("latin-1"))] if kind else []
    return Answer(fetched.status, types + headers, fetched.plain or b"")


def _reads(verb: str, method: Method | None) -> bool:
    if method is not None and (method.sends is not None or method.idempotent is not None):
        return method.sends is None and method.idempotent is True
    return verb in ("GET", "HEAD")


def _fetched(method: Method | None, response: WholeResponse) -> Fetched:
    if not response.body or (method and method.response_format in _PLAIN_FORMATS):
        return Fetched(None, response.status, response.headers, plain=response.body)
    if method is not None:
        return Fetched(read_record(method, response), response.status, response.headers)
    value = read_body(None, response)
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")):
        return Fetched(value, response.status, response.headers)
    return Fetched(None, response.status, response.headers, plain=response.body)


def _at(fetched: Fetched, path: str | None, response: WholeResponse) -> Fetched:
    if path is None or fetched.plain is not None:
        return fetched
    value = look_up(fetched.value, path)
    if value is MISSING:
        raise ProviderGarbled(
            f"The provider's answer has nothing at {path}.",
            status=response.status,
            body=fetched.value,
        )
    return replace(fetched, value=value)
