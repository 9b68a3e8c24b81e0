"""Call a provider as a linked account: bind, pace, authorize, send, and remember what it meant."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from waypost.base.asgi import Answer, CallerLeft, PlainRequest, Scope
from waypost.base.clock import Clock, monotonic
from waypost.base.departure import Departures
from waypost.base.errors import (
    AccountNotReady,
    InvalidRequest,
    MethodNotSupported,
    NotFound,
    ProviderTimedOut,
    ProviderUnreachable,
    ReauthorizationNeeded,
    WaypostError,
)
from waypost.base.page import CursorSeal
from waypost.base.tasks import Sleep
from waypost.engine.answer import is_error, meant_status, missing_scopes
from waypost.engine.auth import authorize
from waypost.engine.call import CallPlan, check_host
from waypost.engine.call import call as call_through_rings
from waypost.engine.limits import NO_ANSWER
from waypost.engine.manifest.integration import Integration, Method
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.match import Match, PathMatcher
from waypost.engine.redirects import Trail
from waypost.engine.request import CallInput
from waypost.engine.transport import (
    Deadlines,
    Headers,
    OutgoingRequest,
    ProviderResponse,
    Transport,
    WholeResponse,
)
from waypost.kernel.accounts import AccountForCall, Accounts, can_call
from waypost.kernel.calls.budget import AccountBudget, Budgets
from waypost.kernel.calls.guarding import asked_of, ended, guarded_call, is_guarded, once
from waypost.kernel.calls.outcome import Outcomes
from waypost.kernel.calls.redirected import follow
from waypost.kernel.calls.refresh import Refresher
from waypost.kernel.calls.trace import CallTrace, TracedTransport, Traces
from waypost.kernel.calls.turn import USUAL_TURN, Turn, turn_of
from waypost.kernel.environments import Caller
from waypost.kernel.manifests import Manifests
from waypost.kernel.sends.repeats import key_of
from waypost.kernel.sends.sends import Sends

CALLER_LEFT = 499
"""Stands in the record of a call whose caller closed the connection before an answer began."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An account ready to be called: its integration, where it lives, its budget."""

    account: AccountForCall
    loaded: LoadedIntegration
    base_url: str
    matcher: PathMatcher
    budget: AccountBudget

    @property
    def integration(self) -> Integration:
        """Return the integration's manifest."""
        return self.loaded.integration


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What an operator chose about calls."""

    deadlines: Deadlines = field(default_factory=Deadlines)
    body_limit: int = 40 * 1024 * 1024
    stream_limit: int = 1024 * 1024 * 1024
    base_urls: Mapping[str, str] = field(default_factory=dict)
    wait: float = 10.0
    send_limit: int = 64 * 1024 * 1024


class _PatientPacer(Struct, frozen=True):
    """One call's view of its account's budget: its turn, and what it notes."""

    budget: AccountBudget
    turn: Turn
    trace: CallTrace

    async def enter(self, rate_class: str | None) -> None:
        waited = await self.budget.enter(rate_class, self.turn)
        if waited:
            self.trace.note("paced", seconds=round(waited, 3), rate_class=rate_class)

    def learn(self, rate_class: str | None, status: int, headers: Headers) -> None:
        self.budget.learn(rate_class, status, headers)


class Calls:
    """The one way out to providers."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        manifests: Manifests,
        transport: Transport,
        budgets: Budgets,
        traces: Traces,
        cursors: CursorSeal,
        clock: Clock,
        settings: CallSettings,
        refresher: Refresher,
        sends: Sends,
        status_of: Callable[[WaypostError], int],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self.cursors = cursors
        self.departures = Departures()
        self.outcomes = Outcomes(accounts)
        self._accounts = accounts
        self._manifests = manifests
        self._transport = transport
        self.budgets = budgets
        self._traces = traces
        self._clock = clock
        self.refresher = refresher
        self._sends = sends
        self._status_of = status_of
        self._sleep = sleep
        self._matchers: dict[str, PathMatcher] = {}

    async def bind(self, caller: Caller, account_id: str | None) -> Bound:
        """Return the account a caller may use, with credentials that are due for nothing.

        Raises InvalidRequest when no account is named, NotFound when the caller's environment has
        no such account, ReauthorizationNeeded when its OAuth grant has ended.
        """
        chosen = account_id or caller.account_id
        if chosen is None or caller.environment_id is None:
            raise InvalidRequest(
                "integrated_account_id is missing: add ?integrated_account_id=<the account's id>."
            )
        if caller.account_id is not None and caller.account_id != chosen:
            raise NotFound("There is no such account.")
        account = self._accounts.peek(caller.environment_id, chosen)
        if account is None:
            account = await self._accounts.for_call(caller.environment_id, chosen)
        if not can_call(account.status):
            raise AccountNotReady(
                f"The account is {account.status}: its owner has not finished linking it.",
                details={"status": account.status},
            )
        if self.refresher.is_due(account):
            return await self.bind_account(account)
        return self.ready(account)

    async def bind_account(self, account: AccountForCall) -> Bound:
        """Return an account with what calling it needs; refreshes an OAuth token that is due."""
        if self.refresher.is_due(account):
            integration = self._manifests.integration(account.integration)
            account = await self.refresher.refresh(account, integration)
        return self.ready(account)

    def ready(self, account: AccountForCall) -> Bound:
        """Return an account with what calling it needs, as it stands; raises NotFound."""
        loaded = self._manifests.loaded(account.integration)
        bound: Bound | None = account.derived.get("bound")
        if bound is None or bound.loaded is not loaded:
            bound = account.derived["bound"] = self._bound(account, loaded)
        return bound

    def _bound(self, account: AccountForCall, loaded: LoadedIntegration) -> Bound:
        name = loaded.integration.name
        base_url = self.settings.base_urls.get(name, loaded.integration.base_url).rstrip("/")
        # Of one environment: nobody's accounts can shut a host for another's.
        host = f"{account.environment_id}:{urlsplit(base_url).netloc}"
        return Bound(
            account=account,
            loaded=loaded,
            base_url=base_url,
            matcher=self._matcher(loaded),
            budget=self.budgets.of(account.id, name, loaded.integration.rate_limit, host=host),
        )

    def _matcher(self, loaded: LoadedIntegration) -> PathMatcher:
        found = self._matchers.get(loaded.integration.name)
        if found is None or found.integration is not loaded.integration:
            found = PathMatcher(loaded.integration)
            self._matchers[loaded.integration.name] = found
        return found

    def begin(self, bound: Bound, surface: str, scope: Scope) -> CallTrace:
        """Begin the trace of one request of a caller."""
        return self._traces.begin(
            request_id=scope["waypost.request_id"],
            environment_id=bound.account.environment_id,
            account_id=bound.account.id,
            tenant_id=bound.account.tenant_id,
            integration=bound.integration.name,
            surface=surface,
            http_method=scope["method"],
        )

    def once(
        self,
        request: PlainRequest,
        bound: Bound,
        trace: CallTrace,
        serve: Callable[[], Awaitable[Answer]],
        *,
        hashed_body: bytes,
        is_repeatable: bool = False,
    ) -> Awaitable[Answer]:
        """Serve a request, or give again what the first one with its Idempotency-Key got.

        `hashed_body` is the body's `body_hash`. Raises what `kernel.sends.repeats` raises.
        """
        if key_of(request) is None:
            return serve()
        asked = asked_of(request, bound.account, trace, hashed_body, is_repeatable=is_repeatable)
        return once(self._sends.repeats, asked, trace, serve)

    def fail(
        self, trace: CallTrace, error: BaseException, budget: AccountBudget | None = None
    ) -> None:
        """Complete the trace of a request that ends in an error, with the status its caller sees.

        With the `budget` the error's answer tells how much of it is left.
        """
        if isinstance(error, WaypostError):
            if budget is not None:
                error.standing = budget.standing(trace.rate_class)
            status = self._status_of(error)
            trace.finish(status, error_code=error.code, message=error.message)
        elif isinstance(error, CallerLeft | asyncio.CancelledError):
            trace.finish(CALLER_LEFT, error_code="caller_left", message="The caller left.")
        else:
            trace.finish(500, error_code="internal", message="A fault of ours.")

    def turn(self, request: PlainRequest) -> Turn:
        """Return a request's lane and how long it will wait for the budget; raises InvalidRequest."""
        return turn_of(request)

    def credentials(self, bound: Bound, method: Method | None = None) -> Headers:
        """Return the headers that carry the account's credentials."""
        if method is not None and method.authorization is not None:
            return authorize(method.authorization, bound.account.credentials)
        headers: Headers | None = bound.account.derived.get("headers")
        if headers is None:
            headers = authorize(bound.integration.authorization, bound.account.credentials)
            bound.account.derived["headers"] = headers
        return headers

    def _made(self, bound: Bound, method: Method) -> Headers | None:
        """Return the credentials' headers; the ring that needs them says what is missing."""
        try:
            return self.credentials(bound, method)
        except ReauthorizationNeeded:
            return None

    def method(self, bound: Bound, resource: str, name: str) -> Method:
        """Return a method of the integration; raises MethodNotSupported."""
        found = bound.integration.method(resource, name)
        if found is None:
            raise MethodNotSupported(f"{bound.integration.label} has no {resource} {name}.")
        return found

    def plan(
        self, bound: Bound, method: Method, call: CallInput, *, patience: float | None = None
    ) -> CallPlan:
        """Lay out one call of a method; `patience` is in seconds, the setting's unless given."""
        return CallPlan(
            integration=bound.integration,
            method=method,
            base_url=bound.base_url,
            input=call,
            credentials=bound.account.credentials,
            authorization=self._made(bound, method),
            deadlines=self.settings.deadlines,
            body_limit=self.settings.body_limit,
            patience=self.settings.wait if patience is None else patience,
        )

    async def send(
        self, bound: Bound, plan: CallPlan, *, turn: Turn = USUAL_TURN, trace: CallTrace
    ) -> WholeResponse:
        """Make one call through the rings; any status is returned. Raises ProviderError & co."""
        transport: Transport = TracedTransport(self._transport, trace)
        method = plan.method
        if is_guarded(method.verb, method, trace):
            call = guarded_call(bound.account, method, bound.matcher.named(method), trace)
            guard = self._sends.outbox.guard(call, transport)
            response = await ended(
                guard, trace, self._through_rings(bound, plan, guard, turn, trace)
            )
        else:
            response = await self._through_rings(bound, plan, transport, turn, trace)
        await self.settle(bound, plan.method, response, trace)
        return response

    def _through_rings(
        self, bound: Bound, plan: CallPlan, transport: Transport, turn: Turn, trace: CallTrace
    ) -> Coroutine[Any, Any, WholeResponse]:
        return call_through_rings(
            plan,
            transport=transport,
            pacer=_PatientPacer(bound.budget, turn, trace),
            now=self._clock.now,
            sleep=self._sleep,
        )

    async def settle(
        self, bound: Bound, method: Method | None, response: WholeResponse, trace: CallTrace
    ) -> None:
        """Remember what an answer means for its account; another host's means nothing."""
        if response.is_from_elsewhere:
            return
        if not is_error(response.status) and not bound.account.is_ailing:
            return
        status = meant_status(bound.integration, method, response)
        if status == 403:
            secrets = bound.account.credentials.values()
            trace.scopes = missing_scopes(bound.integration, method, response, secrets=secrets)
        await self.outcomes.settle(bound.account, status, trace)

    def open(
        self,
        bound: Bound,
        request: OutgoingRequest,
        match: Match | None,
        *,
        turn: Turn = USUAL_TURN,
        trace: CallTrace,
        trail: Trail | None = None,
    ) -> Awaitable[ProviderResponse]:
        """Send a streamed request once, credentials already on it; any status is returned.

        With a `trail`, redirects are followed along it, and whoever reads the answer settles it.
        """
        method = match.method if match else None
        if is_guarded(request.method, method, trace):
            call = guarded_call(bound.account, method, match, trace)
            guard = self._sends.outbox.guard(call, self._transport)
            opening = self._open(guard, bound, request, match, turn=turn, trace=trace, trail=trail)
            return ended(guard, trace, opening)
        return self._open(
            self._transport, bound, request, match, turn=turn, trace=trace, trail=trail
        )

    async def _open(
        self,
        transport: Transport,
        bound: Bound,
        request: OutgoingRequest,
        match: Match | None,
        *,
        turn: Turn,
        trace: CallTrace,
        trail: Trail | None,
    ) -> ProviderResponse:
        check_host(bound.integration, bound.base_url, request.url)
        rate_class = match.method.rate_class if match else None
        trace.rate_class = rate_class
        trace.scopes = match.method.scopes if match else ()
        waited = await bound.budget.enter(rate_class, turn)
        if waited:
            trace.note("paced", seconds=round(waited, 3), rate_class=rate_class)
        status: int = 0
        headers: Headers = ()
        began = monotonic()
        try:
            response = await transport.send(request, self.settings.deadlines)
            status, headers = response.status, response.headers
        except (ProviderUnreachable, ProviderTimedOut):
            status = NO_ANSWER
            raise
        finally:
            trace.sent(request.url, monotonic() - began)
            bound.budget.learn(rate_class, status, headers)
        if trail is not None:
            return await follow(
                trail,
                response,
                transport=TracedTransport(transport, trace),
                pacer=_PatientPacer(bound.budget, turn, trace),
                rate_class=rate_class,
                deadlines=self.settings.deadlines,
            )
        if self.outcomes.matters(bound.account, status):
            try:
                await self.outcomes.settle(bound.account, status, trace)
            except BaseException:
                await response.close()
                raise
        return response


def refuse_writes_on_sandbox(account: AccountForCall, verb: str) -> None:
    """Raise MethodNotSupported for a write on an account that is marked read-only."""
    if account.account.is_sandbox and verb not in ("GET", "HEAD"):
        raise MethodNotSupported("This is a sandbox account: it can be read, not changed.")


__all__ = [
    "CALLER_LEFT",
    "Bound",
    "CallSettings",
    "Calls",
    "refuse_writes_on_sandbox",
]
