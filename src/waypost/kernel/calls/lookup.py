"""Read a provider's list of sent messages, as the account, the way its manifest says."""

from collections.abc import Callable, Mapping
from typing import Any

from waypost.base.errors import (
    ManifestError,
    NotFound,
    OperatorError,
    ProviderRefused,
    WaypostError,
)
from waypost.base.ids import new_id
from waypost.engine.call import ListPage, list_page
from waypost.engine.expressions import compile_expression
from waypost.engine.limits import Lane
from waypost.engine.manifest.sending import LookupStep, SentLookup
from waypost.engine.request import CallInput
from waypost.engine.sending import read_listed
from waypost.kernel.accounts import Accounts
from waypost.kernel.calls.on_behalf import Bound, Calls
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.calls.turn import Turn
from waypost.kernel.reconciliation.reconcile import Looked, Question, Unreadable

SURFACE = "reconcile"
MOST_PAGES = 50
_LARGE_PAGE = 1000
_TURN = Turn(lane=Lane.SYNC)
_BEHIND_SECONDS = 2
"""A provider whose clock is behind ours refuses a period that ends in its future."""


class Lookup:
    """Implement `kernel.sends.reconcile.Look`."""

    def __init__(self, calls: Calls, accounts: Accounts, now: Callable[[], float]) -> None:
        self._calls = calls
        self._accounts = accounts
        self._now = now

    async def __call__(self, question: Question) -> Looked | Unreadable:
        """Read what the account sent in a period; raises OperatorError."""
        try:
            account = await self._accounts.for_call(question.environment_id, question.account_id)
            bound = await self._calls.bind_account(account)
        except NotFound:
            return Unreadable("The account is gone.", is_final=True)
        except OperatorError:
            raise
        except WaypostError as error:
            return Unreadable(error.message)
        lookup = _lookup(bound, question)
        if lookup is None:
            return Unreadable("This provider lists no such messages.", is_final=True)
        trace = self._calls.begin(bound, SURFACE, {"waypost.request_id": new_id(), "method": "GET"})
        trace.record.resource, trace.record.method = lookup.resource, lookup.method
        try:
            looked = await self._read(bound, lookup, question, trace)
        except BaseException as error:
            self._calls.fail(trace, error)
            if not isinstance(error, WaypostError) or isinstance(error, OperatorError):
                raise
            return Unreadable(_told(error))
        trace.finish(200)
        return looked

    async def _read(
        self, bound: Bound, lookup: SentLookup, question: Question, trace: CallTrace
    ) -> Looked | Unreadable:
        slack = float(lookup.slack_seconds)
        since = int(question.since - slack)
        until = int(min(question.until + slack, self._now() - _BEHIND_SECONDS))
        scope: dict[str, Any] = {"since": since, "until": until, "from": question.sender}
        scope["domain"] = (question.sender or "").partition("@")[2] or None
        if lookup.first is not None:
            first = await self._first(bound, lookup.first, scope, trace)
            if first is None:
                return Unreadable("What the list must be asked with was not found.")
            scope["first"] = first
        if until <= since:
            return Looked((), float(until), slack)
        query = compile_expression(lookup.query).evaluate(scope) if lookup.query else {}
        records = await self._records(bound, lookup, query, since, trace)
        if records is None:
            return Unreadable("The provider lists more messages than are read.")
        return Looked(tuple(read_listed(lookup.row, records)), float(until), slack)

    async def _first(
        self, bound: Bound, step: LookupStep, scope: Mapping[str, Any], trace: CallTrace
    ) -> Any:
        choose = compile_expression(step.choose)
        cursor: Mapping[str, Any] | None = None
        for _ in range(MOST_PAGES):
            page = await self._page(bound, step.resource, step.method, {}, cursor, trace)
            for record in page.records:
                if choose.evaluate({**scope, "record": record}) is True:
                    return record
            cursor = page.next
            if cursor is None:
                return None
        return None

    async def _records(
        self, bound: Bound, lookup: SentLookup, query: Any, since: float, trace: CallTrace
    ) -> list[Any] | None:
        """Return the records of all pages; None where there are too many pages."""
        if not isinstance(query, Mapping):
            raise ManifestError("sent_lookups: the query is no object")
        found: list[Any] = []
        cursor: Mapping[str, Any] | None = None
        for _ in range(MOST_PAGES):
            page = await self._page(bound, lookup.resource, lookup.method, query, cursor, trace)
            found += page.records
            cursor = page.next
            if cursor is None or (lookup.newest_first and _is_past(lookup, page.records, since)):
                return found
        return None

    async def _page(
        self,
        bound: Bound,
        resource: str,
        name: str,
        query: Mapping[str, Any],
        cursor: Mapping[str, Any] | None,
        trace: CallTrace,
    ) -> ListPage:
        method = self._calls.method(bound, resource, name)
        plan = self._calls.plan(bound, method, CallInput(query=dict(query)))
        return await list_page(
            plan,
            limit=_LARGE_PAGE,
            cursor=cursor,
            send=lambda each: self._calls.send(bound, each, turn=_TURN, trace=trace),
        )


def _lookup(bound: Bound, question: Question) -> SentLookup | None:
    method = bound.integration.method(question.resource, question.method)
    name = method.sending.lookup if method is not None and method.sending is not None else None
    return None if name is None else bound.integration.sent_lookups.get(name)


def _is_past(lookup: SentLookup, records: list[Any], since: float) -> bool:
    moments = [each.at for each in read_listed(lookup.row, records) if each.at is not None]
    return bool(moments) and min(moments) < since


def _told(error: WaypostError) -> str:
    if isinstance(error, ProviderRefused):
        return f"The provider does not let us read its list ({error.status}): {error.message}"[:500]
    return f"The provider's list cannot be read: {error.message}"[:500]
