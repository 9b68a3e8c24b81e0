"""What is at the provider: subjects and webhooks listed, made, put right and removed as an account."""

from collections.abc import Mapping
from typing import Any

from waypost.base.errors import ProviderGarbled, WaypostError
from waypost.base.ids import new_id
from waypost.engine.call import CallPlan, is_error, list_page, provider_error, read_record
from waypost.engine.hooks import (
    Subject,
    ThereHook,
    hook_input,
    is_wanted,
    read_hooks,
    read_subject,
)
from waypost.engine.limits import Lane
from waypost.engine.manifest.integration import Method
from waypost.engine.manifest.registrations import HookCall, WebhookRegistration
from waypost.engine.transport import WholeResponse
from waypost.kernel.calls.on_behalf import Bound, Calls
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.calls.turn import Turn

SURFACE = "provider_hooks"
_TURN = Turn(lane=Lane.SYNC)
_LEAVING = Turn(lane=Lane.TRANSACTIONAL, wait=4.0)
"""Somebody waits for the end of an account."""
_LARGE_PAGE = 1000
MOST_PAGES = 100
Scope = Mapping[str, Any]


class There:
    """One account's provider; every method raises ProviderError, AccountError, BudgetExhausted."""

    def __init__(self, calls: Calls, bound: Bound) -> None:
        self._calls = calls
        self._bound = bound

    def wanted(self) -> list[WebhookRegistration]:
        """Return the kinds of webhooks that the account wants."""
        context = self._bound.account.context
        return [kind for kind in self.kinds() if is_wanted(kind, context)]

    def kinds(self) -> tuple[WebhookRegistration, ...]:
        """Return the kinds of webhooks that the provider has."""
        return self._bound.integration.webhook_registrations

    async def subjects(self, kind: WebhookRegistration) -> list[Subject]:
        """List everything that should have a webhook of a kind; raises unless the list is whole."""
        call = HookCall(
            resource=kind.subjects.resource, method=kind.subjects.method, query=kind.subjects.query
        )
        found = [read_subject(kind, record) for record in await self._list(call, {})]
        return [each for each in found if each is not None]

    async def hooks(
        self, kind: WebhookRegistration, subject: Subject, scope: Scope
    ) -> list[ThereHook]:
        """List the webhooks that a subject has, ours or not."""
        records = await self._list(kind.list, scope)
        return [hook for record in records for hook in read_hooks(kind, record, subject)]

    async def create(
        self, kind: WebhookRegistration, subject: Subject, scope: Scope
    ) -> ThereHook | None:
        """Make a webhook and return it; None where the answer does not show it."""
        record = await self._one(kind.create, scope)
        hooks = read_hooks(kind, record, subject) if record is not None else []
        return hooks[0] if hooks else None

    async def update(self, kind: WebhookRegistration, scope: Scope) -> None:
        """Put a webhook right."""
        await self._one(kind.update, scope)

    async def delete(self, kind: WebhookRegistration, scope: Scope) -> None:
        """Remove a webhook; one that is not there is removed."""
        await self._one(kind.delete, scope, absent=(404, 410), turn=_LEAVING)

    async def _list(self, call: HookCall, scope: Scope) -> list[Any]:
        method = self._calls.method(self._bound, call.resource, call.method)
        trace = self._trace(call, method.verb)
        plan = self._calls.plan(self._bound, method, hook_input(call, scope))
        try:
            records = await self._pages(plan, trace)
        except BaseException as error:
            self._calls.fail(trace, error)
            raise
        trace.finish(200, result_count=len(records))
        return records

    async def _pages(self, plan: CallPlan, trace: CallTrace) -> list[Any]:
        records: list[Any] = []
        cursor: Mapping[str, Any] | None = None
        for _ in range(MOST_PAGES):
            page = await list_page(
                plan,
                limit=_LARGE_PAGE,
                cursor=cursor,
                send=lambda each: self._calls.send(self._bound, each, turn=_TURN, trace=trace),
            )
            records += page.records
            cursor = page.next
            if cursor is None:
                return records
        raise ProviderGarbled(f"The list has more than {MOST_PAGES} pages.", status=200)

    async def _one(
        self,
        call: HookCall,
        scope: Scope,
        absent: tuple[int, ...] = (),
        turn: Turn = _TURN,
    ) -> Any:
        method = self._calls.method(self._bound, call.resource, call.method)
        trace = self._trace(call, method.verb)
        # The platform tries again by itself, later: what was refused is not repeated here.
        plan = self._calls.plan(self._bound, method, hook_input(call, scope), patience=0.0)
        try:
            response = await self._calls.send(self._bound, plan, turn=turn, trace=trace)
            record = None if response.status in absent else self._read(method, response)
        except BaseException as error:
            self._calls.fail(trace, error)
            raise
        trace.finish(response.status)
        return record

    def _read(self, method: Method, response: WholeResponse) -> Any:
        if is_error(response.status):
            secrets = self._bound.account.credentials.values()
            raise provider_error(self._bound.integration, method, response, secrets=secrets)
        return read_record(method, response)

    def _trace(self, call: HookCall, verb: str) -> CallTrace:
        scope = {"waypost.request_id": new_id(), "method": verb}
        trace = self._calls.begin(self._bound, SURFACE, scope)
        trace.record.resource, trace.record.method = call.resource, call.method
        return trace


def told(error: WaypostError) -> str:
    """Return what a failure says to people, bounded."""
    return error.message[:500]
