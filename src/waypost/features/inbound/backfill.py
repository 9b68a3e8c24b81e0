"""Read what webhooks did not tell from the provider's list of what happened, and tell it once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.errors import (
    BudgetExhausted,
    ManifestError,
    NotFound,
    ProviderDown,
    ProviderRefused,
    WaypostError,
)
from waypost.base.ids import new_id
from waypost.base.log import get_logger
from waypost.engine.call import ListPage, is_error, list_page, provider_error, read_record
from waypost.engine.expressions import compile_expression
from waypost.engine.hooks import Subject, hook_input
from waypost.engine.limits import Lane
from waypost.engine.manifest.registrations import HookCall, WebhookBackfill
from waypost.engine.received import read_received
from waypost.engine.request import CallInput
from waypost.features.inbound import store
from waypost.features.inbound.receive import Inbound
from waypost.kernel.accounts import Accounts, can_call
from waypost.kernel.calls.on_behalf import Bound, Calls
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.calls.turn import Turn
from waypost.kernel.jobs import GaveUp, Jobs, NewJob

BACKFILL = "inbound.backfill"
SURFACE = "backfill"
PAGE = 100
_TURN = Turn(lane=Lane.SYNC)
_DAY = 86_400.0
_BEHIND_SECONDS = 2.0
"""A provider whose clock is behind ours refuses a period that ends in its future."""
_SLACK_SECONDS = 60.0
_log = get_logger("waypost.inbound")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be read: a subject's rows of a period, from a page on; `reach` counts retentions."""

    environment_id: str
    account_id: str
    registration: str
    subject_id: str
    subject_name: str | None
    since: float
    until: float
    cursor: Mapping[str, Any] | None = None
    reach: int = 0

    def payload(self) -> dict[str, Any]:
        """Return it as a job's payload."""
        return {name: getattr(self, name) for name in Order.__slots__}

    @property
    def subject(self) -> Subject:
        """Return what it is about."""
        return Subject(self.subject_id, self.subject_name)


class Backfill:
    """Read one page for each job; the next page is the next job, so that a crash loses nothing."""

    def __init__(
        self,
        database: Database,
        inbound: Inbound,
        *,
        accounts: Accounts,
        calls: Calls,
        jobs: Jobs,
        clock: Clock,
    ) -> None:
        self._database = database
        self._inbound = inbound
        self._accounts = accounts
        self._calls = calls
        self._jobs = jobs
        self._clock = clock

    async def work(self, payload: Mapping[str, Any]) -> None:
        """Do one job: read a page, tell what is new, order the next; raises ProviderError."""
        order = Order(**payload)
        bound = await self._bound(order)
        fills = bound.integration.webhook_backfills if bound else ()
        fill = next((each for each in fills if each.registration == order.registration), None)
        if bound is None or fill is None:
            return
        try:
            following = await self._page(bound, fill, order)
        except (BudgetExhausted, ProviderDown) as error:
            # The quota may be used up until tomorrow: that is no failure.
            again = max(error.retry_after, 1.0)
            await self._enqueue(order, at=self._clock.now() + again)
            return
        if following is not None:
            await self._enqueue(following)

    async def _bound(self, order: Order) -> Bound | None:
        try:
            account = await self._accounts.for_call(order.environment_id, order.account_id)
            return await self._calls.bind_account(account) if can_call(account.status) else None
        except NotFound:
            return None

    async def _page(self, bound: Bound, fill: WebhookBackfill, order: Order) -> Order | None:
        """Read a page and tell it; return what is to be read after it, if anything."""
        now = self._clock.now()
        until = min(order.until, now - _BEHIND_SECONDS)
        reaches = fill.retention_days[order.reach] * _DAY - _SLACK_SECONDS
        since = max(order.since, now - reaches)
        if since >= until:
            return None
        try:
            page = await self._listed(bound, fill, order, int(since), int(until))
        except ProviderRefused as error:
            return self._shorter(fill, order, error)
        told = await self._tell(bound, fill, order, page.records)
        _log.info("backfilled", account=order.account_id, rows=len(page.records), told=told)
        if page.next is None:
            return None
        return replace(order, cursor=dict(page.next), since=since, until=until)

    def _shorter(self, fill: WebhookBackfill, order: Order, error: ProviderRefused) -> Order | None:
        """Return the order with a shorter reach; raises what time may mend, GaveUp otherwise."""
        if error.status == 429 or error.status >= 500:
            raise error
        if error.status not in (400, 422) or order.reach + 1 >= len(fill.retention_days):
            raise GaveUp(error.message)
        return replace(order, reach=order.reach + 1, cursor=None)

    async def _listed(
        self, bound: Bound, fill: WebhookBackfill, order: Order, since: int, until: int
    ) -> ListPage:
        scope = {"subject": order.subject.scope(), "since": since, "until": until}
        query = compile_expression(fill.query).evaluate(scope)
        if not isinstance(query, Mapping):
            raise ManifestError("webhook_backfills: the query is no object")
        method = self._calls.method(bound, fill.resource, fill.method)
        trace = self._trace(bound, fill.resource, fill.method)
        plan = self._calls.plan(bound, method, CallInput(query=dict(query)))
        try:
            page = await list_page(
                plan,
                limit=PAGE,
                cursor=order.cursor,
                send=lambda each: self._calls.send(bound, each, turn=_TURN, trace=trace),
            )
        except BaseException as error:
            self._calls.fail(trace, error)
            raise
        trace.finish(200, result_count=len(page.records))
        return page

    async def _tell(
        self, bound: Bound, fill: WebhookBackfill, order: Order, rows: Sequence[Any]
    ) -> int:
        """Tell the rows that no webhook told, oldest first; return how many."""
        subject = order.subject.scope()
        expression = compile_expression(fill.event_id)
        named = [(expression.evaluate({"row": row, "subject": subject}), row) for row in rows]
        ids = [name for name, _ in named if isinstance(name, str)]
        async with self._database.read() as connection:
            known = await store.known_ids(connection, order.environment_id, order.account_id, ids)
        related: dict[str, Any] = {}
        count = 0
        for name, row in reversed(named):
            if not isinstance(name, str) or name in known:
                continue
            scope = {"row": row, "subject": subject}
            scope["related"] = await self._related(bound, fill.related, scope, related)
            raw = orjson.dumps(compile_expression(fill.body).evaluate(scope))
            read = read_received(bound.integration.webhooks, raw, {})
            count += await self._inbound.keep(bound.account.account, read, raw, None)
        return count

    async def _related(
        self,
        bound: Bound,
        call: HookCall | None,
        scope: Mapping[str, Any],
        seen: dict[str, Any],
    ) -> Any:
        """Read what belongs to a row, once for all rows of a page; None where it is gone."""
        if call is None:
            return None
        given = hook_input(call, scope)
        key = f"{given.id} {given.query}"
        if key not in seen:
            seen[key] = await self._read(bound, call, given)
        return seen[key]

    async def _read(self, bound: Bound, call: HookCall, given: CallInput) -> Any:
        method = self._calls.method(bound, call.resource, call.method)
        trace = self._trace(bound, call.resource, call.method)
        plan = self._calls.plan(bound, method, given)
        try:
            response = await self._calls.send(bound, plan, turn=_TURN, trace=trace)
        except WaypostError as error:
            self._calls.fail(trace, error)
            raise
        trace.finish(response.status)
        if response.status in (404, 410):
            return None
        if is_error(response.status):
            secrets = bound.account.credentials.values()
            raise provider_error(bound.integration, method, response, secrets=secrets)
        return read_record(method, response)

    def _trace(self, bound: Bound, resource: str, method: str) -> CallTrace:
        scope = {"waypost.request_id": new_id(), "method": "GET"}
        trace = self._calls.begin(bound, SURFACE, scope)
        trace.record.resource, trace.record.method = resource, method
        return trace

    async def _enqueue(self, order: Order, at: float | None = None) -> None:
        async with self._database.write() as connection:
            await self._jobs.enqueue(connection, NewJob(BACKFILL, order.payload(), at=at))
