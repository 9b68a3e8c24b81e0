"""Read whom each linked account's provider will not write to, by a standing job."""

from collections.abc import Mapping, Sequence
from typing import Any

from waypost.base.connection import AsyncConnection
from waypost.base.errors import InvalidRequest, NotFound, ProviderRefused
from waypost.base.ids import new_id
from waypost.base.log import get_logger
from waypost.engine.call import list_page
from waypost.engine.limits import Lane
from waypost.engine.manifest.suppressions import SuppressionList
from waypost.engine.request import CallInput
from waypost.engine.sending import ListedSuppression, read_suppressed
from waypost.features.suppressions.pushing import SURFACE, Pushing
from waypost.kernel.accounts.states import can_call
from waypost.kernel.calls.on_behalf import Bound
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.calls.turn import Turn
from waypost.kernel.events import Event
from waypost.kernel.jobs import Handler, NewJob
from waypost.kernel.kernel import Kernel
from waypost.kernel.suppressions import Fact
from waypost.kernel.suppressions.address import read_address, read_recipient
from waypost.kernel.suppressions.model import EVERYWHERE, account_scope, domain_scope
from waypost.kernel.suppressions.readings import ListPage, Readings, Unreadable

EVERY = 3600.0
ROUND, PULL = "suppressions.round", "suppressions.pull"
_ON = ("integrated_account:active", "integrated_account:reactivated")
_LARGE_PAGE = 100
_TURN = Turn(lane=Lane.SYNC)
_log = get_logger("waypost.suppressions")


def listen(kernel: Kernel) -> None:
    """Read the lists of an account that is linked to a tenant whose store is pushed, or on demand."""
    pulling = Pulling(kernel)
    kernel.events.subscribe(pulling.hear)
    kernel.suppressions.read_by(pulling.pull)


def handlers(kernel: Kernel) -> list[Handler]:
    """Return the durable work of this room."""
    pulling = Pulling(kernel)
    return [
        Handler(ROUND, pulling.round, every=EVERY),
        Handler(PULL, pulling.work, lane="syncs"),
    ]


class Pulling:
    """Bring in what providers list."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._readings = Readings(kernel.database, kernel.suppressions, clock=kernel.clock)
        self._pushing = Pushing(kernel)
        self._under_way: set[tuple[str, str]] = set()

    async def round(self, _payload: Mapping[str, Any]) -> None:
        """Enqueue a reading for every account whose provider lists suppressions."""
        loaded = self._kernel.manifests.catalog.integrations.values()
        names = [each.integration.name for each in loaded if each.integration.suppression_lists]
        hour = int(self._kernel.clock.now() // EVERY)
        for environment_id, account_id in await self._readings.due(names):
            payload = {"environment_id": environment_id, "account_id": account_id}
            job = NewJob(PULL, payload, key=f"{account_id}:{hour}")
            async with self._kernel.database.write() as connection:
                await self._kernel.jobs.enqueue(connection, job)

    async def hear(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """Have the lists of accounts read that become active, before anything is put on them."""
        for event in events:
            if event.type not in _ON:
                continue
            account_id, environment_id = event.payload["id"], event.environment_id
            if not self._pushing.can_push(event.payload["integration"]["name"]):
                continue
            tenant_id = event.payload["tenant_id"]
            if await self._pushing.wants(connection, environment_id, tenant_id, account_id):
                payload = {"environment_id": environment_id, "account_id": account_id}
                job = NewJob(PULL, payload, key=f"{account_id}:{event.id}")
                await self._kernel.jobs.enqueue(connection, job)

    async def work(self, payload: Mapping[str, Any]) -> None:
        """Do one reading, see `pull`; nothing where this process is at the account already."""
        place = payload["environment_id"], payload["account_id"]
        if place in self._under_way:
            return
        self._under_way.add(place)
        try:
            await self.pull(*place)
        finally:
            self._under_way.discard(place)

    async def pull(self, environment_id: str, account_id: str) -> int:
        """Read an account's lists to their end; return how many entries were removed.

        Raises ProviderError, BudgetExhausted and others when that must be gone on with later.
        """
        try:
            account = await self._kernel.accounts.for_call(environment_id, account_id)
        except NotFound:
            return 0
        if not can_call(account.status):
            return 0
        calls = self._kernel.calls
        bound = await calls.bind_account(account)
        lists = bound.integration.suppression_lists
        if not lists:
            return 0
        trace = calls.begin(bound, SURFACE, {"waypost.request_id": new_id(), "method": "GET"})

        async def page(name: str, cursor: Mapping[str, Any] | None) -> ListPage:
            return await self._page(bound, trace, name, lists[name], cursor)

        reasons = {name: each.reason for name, each in lists.items()}
        try:
            removed = await self._readings.read(environment_id, account_id, reasons, page)
        except BaseException as error:
            calls.fail(trace, error)
            raise
        trace.finish(200)
        async with self._kernel.database.write() as connection:
            await self._pushing.changed(connection, environment_id, account.tenant_id)
        return removed

    async def _page(
        self,
        bound: Bound,
        trace: CallTrace,
        name: str,
        listed: SuppressionList,
        cursor: Mapping[str, Any] | None,
    ) -> ListPage:
        calls = self._kernel.calls
        method = calls.method(bound, listed.resource, listed.method)
        plan = calls.plan(bound, method, CallInput(query=dict(listed.query)))
        try:
            page = await list_page(
                plan,
                limit=_LARGE_PAGE,
                cursor=cursor,
                send=lambda each: calls.send(bound, each, turn=_TURN, trace=trace),
            )
        except ProviderRefused as error:
            if error.status == 429 or error.status >= 500:
                raise
            raise Unreadable(f"{error.status}: {error.message}") from error
        rows = read_suppressed(listed.row, page.records)
        found = (read_fact(bound, name, listed, row) for row in rows)
        return ListPage([each for each in found if each is not None], page.next)


_OF_ONE = frozenset({"hard_bounce", "complaint", "unsubscribe", "on_hold"})
"""What one recipient did; lists of other reasons may hold domains and patterns."""


def read_fact(
    bound: Bound, name: str, listed: SuppressionList, row: ListedSuppression
) -> Fact | None:
    """Return what a row says; None for one whose address is none."""
    try:
        is_of_one = listed.reason in _OF_ONE
        address = read_recipient(row.address) if is_of_one else read_address(row.address)
    except InvalidRequest:
        _log.warning("address_not_read", account=bound.account.id, list=name)
        return None
    scope = domain_scope(row.domain) if row.domain else account_scope(bound.account.id)
    return Fact(
        tenant_id=bound.account.tenant_id,
        address=address,
        reason=listed.reason,
        scope=EVERYWHERE if listed.everywhere else scope,
        origin=bound.account.id,
        source="pull",
        at=row.at,
        detail=row.detail,
        native_list=name,
        native_id=row.id,
    )
