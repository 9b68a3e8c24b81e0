"""The rings of one call, each a function: build · authorize · retry · redirect · pace · send once."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from waypost.base import clock, ids
from waypost.base.errors import (
    AddressUnusable,
    BudgetExhausted,
    ManifestError,
    ProviderDown,
    ProviderError,
    ProviderGarbled,
    ProviderTimedOut,
    ProviderUnreachable,
)
from waypost.base.secret import Secret
from waypost.base.tasks import Sleep
from waypost.engine.answer import (
    is_error,
    provider_error,
    read_body,
    read_record,
    read_records,
)
from waypost.engine.auth import authorize
from waypost.engine.content import decoded
from waypost.engine.limits import NO_ANSWER
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.paging import PageRequest, finish
from waypost.engine.paging import plan as plan_page
from waypost.engine.redirects import Trail, leads_on, misled
from waypost.engine.request import CallInput, build_request, outline_of
from waypost.engine.retry import (
    Answered,
    NotAnswered,
    RetryQuestion,
    Stop,
    decide,
    is_final,
    retry_after_seconds,
)
from waypost.engine.transport import (
    Deadlines,
    Headers,
    OutgoingRequest,
    Transport,
    WholeResponse,
    read_whole,
)

MOST_EMPTY_PAGES = 50
_ACCEPTED = ("accept-encoding", "identity")


class Pacer(Protocol):
    """The account's rate budget: whoever enters has a place; every end is reported."""

    async def enter(self, rate_class: str | None) -> None:
        """Wait for a place; raises `BudgetExhausted` when that would take too long."""
        ...

    def learn(self, rate_class: str | None, status: int, headers: Headers) -> None:
        """Take note of an answer; status 0 says that none came, `NO_ANSWER` that none would."""
        ...


class CallPlan(Struct, frozen=True):
    """One call: what is asked, as whom, and how long it may take.

    `authorization` are the headers made of `credentials` before, if they were.
    `body_limit` is in bytes, after decompression. `patience` is the longest pause, in seconds,
    before the call is repeated; a provider that asks for more is reported instead.
    """

    integration: Integration
    method: Method
    base_url: str
    input: CallInput = CallInput()
    credentials: Mapping[str, Secret] = {}
    deadlines: Deadlines = Deadlines()
    body_limit: int = 40 * 1024 * 1024
    max_attempts: int = 3
    patience: float = 10.0
    paging: PageRequest | None = None
    authorization: Headers | None = None

    def __repr__(self) -> str:  # the credentials are no reader's business
        return f"CallPlan({self.method.verb} {self.method.path})"


class ListPage(Struct, frozen=True):
    """A page of a list: never empty while `next` is set."""

    records: list[Any]
    next: Mapping[str, Any] | None
    previous: Mapping[str, Any] | None
    response: WholeResponse
    body: Any = None


class _World(Struct, frozen=True):
    transport: Transport
    pacer: Pacer
    now: Callable[[], float]
    sleep: Sleep
    monotonic: Callable[[], float]
    jitter: Callable[[], float]


async def call(
    plan: CallPlan,
    *,
    transport: Transport,
    pacer: Pacer,
    now: Callable[[], float],
    sleep: Sleep = asyncio.sleep,
    monotonic: Callable[[], float] = clock.monotonic,
    jitter: Callable[[], float] = ids.jitter,
) -> WholeResponse:
    """Make one call through all rings and return the answer, whatever its status.

    `now` is wall time in Unix seconds. Raises `InvalidRequest`, `ReauthorizationNeeded`,
    `BudgetExhausted`, and `ProviderUnreachable`, `ProviderTimedOut` or `ProviderGarbled`, whose
    `details["attempts"]` counts what was sent.
    """
    request = authorized(plan, build(plan))
    world = _World(transport, pacer, now, sleep, monotonic, jitter)
    return await _retried(plan, request, world)


async def list_page(
    plan: CallPlan,
    *,
    limit: int | None,
    cursor: Mapping[str, Any] | None,
    send: Callable[[CallPlan], Awaitable[WholeResponse]],
) -> ListPage:
    """Return the page at `cursor`, going on over pages that the provider sends empty.

    `send` makes one call (`call` with its world bound). Raises `ProviderRefused` for an error
    status, and `ProviderGarbled` for an unreadable answer, a circle, or 50 empty pages in a row.
    """
    name = plan.method.pagination
    pagination = plan.integration.pagination[name] if name else None
    query = plan.input.query
    first: ListPage | None = None
    for _ in range(MOST_EMPTY_PAGES):
        page = plan_page(pagination, limit=limit, cursor=cursor, query=query)
        response = await send(replace(plan, paging=page))
        records, body = _records(plan, page, response)
        result = finish(
            pagination,
            page,
            records=records,
            response=response,
            body=body,
            query=query,
            url=plan.base_url,
        )
        previous = first.previous if first else result.previous
        found = ListPage(result.records, result.next, previous, response, body)
        if found.records or found.next is None:
            return found
        first, cursor = first or found, found.next
    raise ProviderGarbled(f"The provider sent {MOST_EMPTY_PAGES} empty pages in a row.", status=200)


def build(plan: CallPlan) -> OutgoingRequest:
    """Ring 1: what the manifest and the input make of it, still without credentials."""
    request = build_request(
        plan.integration, plan.method, plan.base_url, plan.input, paging=plan.paging
    )
    headers = without(request.headers, ("accept-encoding",))
    return OutgoingRequest(request.method, request.url, (*headers, _ACCEPTED), request.body)


def authorized(plan: CallPlan, request: OutgoingRequest) -> OutgoingRequest:
    """Ring 2: add the account's credentials, only for a host that the manifest names."""
    check_host(plan.integration, plan.base_url, request.url)
    headers = plan.authorization
    if headers is None:
        authorization = plan.method.authorization or plan.integration.authorization
        headers = authorize(authorization, plan.credentials)
    kept = without(request.headers, [name for name, _ in headers])
    return OutgoingRequest(request.method, request.url, (*kept, *headers), request.body)


async def send_once(
    request: OutgoingRequest, *, transport: Transport, deadlines: Deadlines, body_limit: int
) -> WholeResponse:
    """Ring 5, the innermost: send, read to the end, undo compression."""
    response = await transport.send(request, deadlines)
    return decoded(await read_whole(response, body_limit), body_limit)


def check_host(integration: Integration, base_url: str, url: str) -> None:
    """Raise `ManifestError` when `url` is on a host that credentials must not reach."""
    if url.startswith(f"{base_url}/"):
        return
    base, target = urlsplit(base_url), urlsplit(url)
    same = (target.scheme, target.netloc) == (base.scheme, base.netloc)
    if not same and not (target.scheme == "https" and target.netloc in integration.hosts):
        raise ManifestError("The request leads to a host that this integration does not name.")


def without(headers: Headers, names: Collection[str]) -> Headers:
    """Return `headers` without those called `names` (lower-case)."""
    return tuple([pair for pair in headers if pair[0] not in names])


async def _followed(
    plan: CallPlan, request: OutgoingRequest, world: _World, ends: float
) -> WholeResponse:
    """Go where redirects lead; only the provider's own host is paced."""
    response = await _paced(plan, request, world)
    if not leads_on(response.status):
        return response
    trail = Trail(request)
    while trail.goes_on(response.status, response.headers):
        send = _sent if trail.is_elsewhere else _paced
        # The transport keeps each send within its deadlines, but not all of them together.
        hop = send(plan, trail.request, world)
        try:
            response = await _within(plan, hop, ends - world.monotonic())
        except AddressUnusable as error:
            raise misled(error, response.status) from None
    response.is_from_elsewhere = trail.is_elsewhere
    return response


def _sent(
    plan: CallPlan, request: OutgoingRequest, world: _World
) -> Coroutine[Any, Any, WholeResponse]:
    return send_once(
        request, transport=world.transport, deadlines=plan.deadlines, body_limit=plan.body_limit
    )


async def _paced(plan: CallPlan, request: OutgoingRequest, world: _World) -> WholeResponse:
    """Ring 3: take a place in the budget for every single send, and report every end of one."""
    rate_class = plan.method.rate_class
    await world.pacer.enter(rate_class)
    told: tuple[int, Headers] = (0, ())
    try:
        response = await _sent(plan, request, world)
        told = (response.status, response.headers)
    except (ProviderUnreachable, ProviderTimedOut):
        told = (NO_ANSWER, ())
        raise
    finally:
        world.pacer.learn(rate_class, *told)
    return response


async def _within(
    plan: CallPlan, sending: Coroutine[Any, Any, WholeResponse], seconds: float
) -> WholeResponse:
    """Keep what is sent after a first send inside the deadline that all of them share."""
    try:
        async with asyncio.timeout(seconds):
            return await sending
    except TimeoutError:
        pass
    raise ProviderTimedOut(deadline="total", seconds=plan.deadlines.total)


async def _retried(plan: CallPlan, request: OutgoingRequest, world: _World) -> WholeResponse:
    """Ring 4: repeat what may safely be repeated, until the deadline."""
    ends = world.monotonic() + plan.deadlines.total
    last: WholeResponse | ProviderError | None = None
    attempts = 0
    while True:
        try:
            if attempts == 0:  # the transport itself keeps the first within its deadlines
                last = await _followed(plan, request, world, ends)
            else:
                again = _followed(plan, request, world, ends)
                last = await _within(plan, again, ends - world.monotonic())
            last.sent_attempts = attempts + 1
            if is_final(last.status, outline_of(plan.integration, plan.method).refused_statuses):
                return last
        except (ProviderUnreachable, ProviderTimedOut) as error:
            last = error
            last.__cause__ = last.__context__ = None  # a driver's own error may hold the request
        except (BudgetExhausted, ProviderDown):
            if last is None:
                raise
            break  # the provider's own refusal says more than ours about it
        attempts += 1
        remaining = min(plan.patience, ends - world.monotonic())
        decision = decide(_question(plan, request, last, attempts, remaining, world))
        if isinstance(decision, Stop):
            break
        await world.sleep(decision.after)
    if isinstance(last, WholeResponse):
        return last
    last.details["attempts"] = attempts
    raise last


def _question(
    plan: CallPlan,
    request: OutgoingRequest,
    last: WholeResponse | ProviderError,
    attempts: int,
    remaining: float,
    world: _World,
) -> RetryQuestion:
    is_stream = request.body is not None and not isinstance(request.body, bytes)
    return RetryQuestion(
        verb=request.method,
        outcome=_outcome(last, world.now()),
        attempts=attempts,
        remaining=remaining,
        jitter=world.jitter(),
        sends=plan.method.sends is not None,
        idempotent=plan.method.idempotent,
        # A stream is gone once it was read.
        max_attempts=1 if is_stream else plan.max_attempts,
        refused_statuses=outline_of(plan.integration, plan.method).refused_statuses,
    )


def _outcome(last: WholeResponse | ProviderError, now: float) -> Answered | NotAnswered:
    if isinstance(last, WholeResponse):
        return Answered(last.status, retry_after_seconds(last.header("retry-after"), now))
    if isinstance(last, ProviderTimedOut):
        return NotAnswered(sent=last.deadline != "connect")
    return NotAnswered(sent=last.details.get("sent") is not False)


def _records(plan: CallPlan, page: PageRequest, response: WholeResponse) -> tuple[list[Any], Any]:
    if response.status == 416 and any(name == "range" for name, _ in page.headers):
        return [], None
    if is_error(response.status):
        raise provider_error(
            plan.integration, plan.method, response, secrets=plan.credentials.values()
        )
    return read_records(plan.method, response)


__all__ = [
    "CallPlan",
    "ListPage",
    "Pacer",
    "authorized",
    "build",
    "call",
    "check_host",
    "is_error",
    "list_page",
    "provider_error",
    "read_body",
    "read_record",
    "read_records",
    "send_once",
    "without",
]
