"""Calls the platform makes of its own accord: whole lists, and single acts told by a manifest."""

from collections.abc import Mapping
from typing import Any

from waypost.base.errors import ProviderGarbled, ProviderRefused
from waypost.base.ids import new_id
from waypost.engine.call import CallPlan, is_error, list_page, provider_error, read_record
from waypost.engine.hooks import hook_input
from waypost.engine.limits import Lane
from waypost.engine.manifest.integration import Method
from waypost.engine.manifest.registrations import HookCall
from waypost.engine.transport import WholeResponse
from waypost.kernel.calls.on_behalf import Bound, Calls
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.calls.turn import Turn

STANDING = Turn(lane=Lane.SYNC)
"""Nobody waits for it."""
LARGE_PAGE = 1000
MOST_PAGES = 100
Scope = Mapping[str, Any]


class Errand:
    """One account's provider; every method raises ProviderError, AccountError, BudgetExhausted.

    `surface` is what the log calls these calls.
    """

    def __init__(self, calls: Calls, bound: Bound, surface: str) -> None:
        self._calls = calls
        self._bound = bound
        self._surface = surface

    async def list_all(self, call: HookCall, scope: Scope) -> list[Any]:
        """Return every record of a list; raises unless it is whole."""
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
                limit=LARGE_PAGE,
                cursor=cursor,
                send=lambda each: self._calls.send(self._bound, each, turn=STANDING, trace=trace),
            )
            records += page.records
            cursor = page.next
            if cursor is None:
                return records
        raise ProviderGarbled(f"The list has more than {MOST_PAGES} pages.", status=200)

    async def act(
        self,
        call: HookCall,
        scope: Scope,
        *,
        absent: tuple[int, ...] = (),
        turn: Turn = STANDING,
    ) -> Any:
        """Make one call and return what it answers; None for a status in `absent`.

        What was refused is not repeated here: the platform tries again by itself, later.
        """
        method = self._calls.method(self._bound, call.resource, call.method)
        trace = self._trace(call, method.verb)
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
        trace = self._calls.begin(self._bound, self._surface, scope)
        trace.record.resource, trace.record.method = call.resource, call.method
        return trace


def is_temporary(error: ProviderRefused) -> bool:
    """Say whether time may mend a refusal."""
    return error.status in (408, 421, 429) or error.status >= 500
