"""Read one page, or one record, of whatever a request names: unified, the provider's own, or ours."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waypost.base.errors import NotFound, ProviderRefused
from waypost.base.ids import new_id
from waypost.engine.call import CallPlan, is_error, list_page, provider_error, read_record
from waypost.engine.json_text import encode_json
from waypost.engine.limits import Lane
from waypost.engine.manifest.integration import Method
from waypost.engine.manifest.loaded import Catalog
from waypost.engine.manifest.unified import UnifiedModel
from waypost.engine.request import CallInput
from waypost.engine.unify import Ask, Fetched, Mapped, Position, list_records, run_single
from waypost.features.syncs.definitions.nodes import HELD
from waypost.features.syncs.runs.held import held_page
from waypost.kernel.calls.cell import Cells, run_method
from waypost.kernel.calls.on_behalf import Bound, Calls
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.calls.turn import Turn
from waypost.kernel.suppressions import Suppressions

SURFACE = "sync"
_TURN = Turn(lane=Lane.SYNC)
_UNIFIED_PAGE = 1000
"""What a provider does not page is read whole, rather than again for each page of ours."""
_NATIVE_PAGE = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a resource, filled in."""

    resource: str
    method: str
    id: str | None = None
    query: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ReadPage:
    """Records, where the next ones begin, and whether the reading may have missed some.

    `digest` tells the page from others. A list that came as one page was seen at one moment.
    """

    records: tuple[Any, ...]
    next: Any = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class _Target:
    model: UnifiedModel
    resource: str


class Source:
    """Read as one account, in the lane of syncs."""

    def __init__(
        self, calls: Calls, cells: Cells, catalog: Catalog, suppressions: Suppressions
    ) -> None:
        self._calls = calls
        self._cells = cells
        self._catalog = catalog
        self._suppressions = suppressions

    async def page(self, bound: Bound, wish: Wish, cursor: Any) -> ReadPage:
        """Read a page at `cursor`, or the one record of a get; raises ProviderError and others."""
        if wish.resource == HELD:
            found, following = await held_page(self._suppressions, bound.account, cursor)
            return ReadPage(tuple(found), following, digest_of(found))
        trace = self._begin(bound, wish)
        try:
            page = await self._page(bound, wish, cursor, trace)
        except BaseException as error:
            self._calls.fail(trace, error)
            raise
        trace.finish(200, result_count=len(page.records))
        return page

    async def still_has(self, bound: Bound, wish: Wish) -> bool | None:
        """Say whether there is such a record; None where it cannot be asked for by itself."""
        target = _target(self._catalog, wish.resource)
        if not self._can_get(bound, target, wish.resource):
            return None
        try:
            await self.page(bound, wish, None)
        except NotFound:
            return False
        except ProviderRefused as error:
            if error.status not in (404, 410):
                raise
            return False
        return True

    def _can_get(self, bound: Bound, target: _Target | None, resource: str) -> bool:
        if target is None:
            return bound.integration.method(resource, "get") is not None
        file = bound.loaded.mappings.get(target.model.name)
        return file is not None and "get" in file.resources.get(target.resource, {})

    def _begin(self, bound: Bound, wish: Wish) -> CallTrace:
        scope = {"waypost.request_id": new_id(), "method": "GET"}
        trace = self._calls.begin(bound, SURFACE, scope)
        trace.record.resource, trace.record.method = wish.resource, wish.method
        return trace

    async def _page(self, bound: Bound, wish: Wish, cursor: Any, trace: CallTrace) -> ReadPage:
        send = _Send(self._calls, bound, trace)
        target = _target(self._catalog, wish.resource)
        if target is None:
            return await _native(send, wish, cursor)
        cell = await self._cells.find(bound, target, wish.method)
        query = dict(wish.query or {})
        ask = Ask(
            id=wish.id,
            query=query,
            raw_query=query,
            context=bound.account.context,
            reference=cell.reference,
            where=cell.where,
        )
        if wish.method == "get":
            found, _ = await run_method(cell, send, lambda s: run_single(cell.mapping, ask, s))
            return ReadPage((_dressed(found),))
        at = Position() if cursor is None else Position.from_json(cursor)
        page = await run_method(
            cell,
            send,
            lambda s: list_records(cell.mapping, ask, s, position=at, limit=_UNIFIED_PAGE),
        )
        records = tuple(_dressed(each) for each in page.records)
        following = None if page.next is None else page.next.to_json()
        return ReadPage(records, following, digest_of(records))


class _Send:
    """Implement `engine.unify.Send` for the steps of a run."""

    def __init__(self, calls: Calls, bound: Bound, trace: CallTrace) -> None:
        self._calls = calls
        self._bound = bound
        self._trace = trace

    def is_paged(self, resource: str, method: str) -> bool:
        """Say whether the provider pages this list itself."""
        return self._calls.method(self._bound, resource, method).pagination is not None

    async def one(self, resource: str, method: str, call: CallInput) -> Fetched:
        """Call a method; raises ProviderRefused for an error status."""
        found = self._calls.method(self._bound, resource, method)
        plan = self._plan(found, call)
        response = await self._calls.send(self._bound, plan, turn=_TURN, trace=self._trace)
        if is_error(response.status):
            secrets = self._bound.account.credentials.values()
            raise provider_error(self._bound.integration, found, response, secrets=secrets)
        return Fetched(read_record(found, response), response.status, response.headers)

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
        found = self._calls.method(self._bound, resource, method)
        page = await list_page(
            self._plan(found, call),
            limit=limit,
            cursor=cursor,
            send=lambda plan: self._calls.send(self._bound, plan, turn=_TURN, trace=self._trace),
        )
        return Fetched(page.records, page.response.status, page.response.headers, page.next)

    def _plan(self, method: Method, call: CallInput) -> CallPlan:
        # The run tries again by itself, later, and holds no place of a worker meanwhile.
        return self._calls.plan(self._bound, method, call, patience=0.0)


async def _native(send: _Send, wish: Wish, cursor: Any) -> ReadPage:
    call = CallInput(id=wish.id, query=dict(wish.query or {}))
    if wish.method == "get":
        return ReadPage(((await send.one(wish.resource, "get", call)).value,))
    page = await send.page(wish.resource, wish.method, call, limit=_NATIVE_PAGE, cursor=cursor)
    records = tuple(page.value)
    return ReadPage(records, None if page.next is None else dict(page.next), digest_of(records))


def digest_of(value: Any) -> str | None:
    """Return what tells a page of records from another, None for an empty one."""
    return hashlib.sha256(encode_json(list(value))).hexdigest()[:24] if value else None


def _target(catalog: Catalog, resource: str) -> _Target | None:
    """Return the unified resource that is meant, None for one of the provider's own."""
    name, slash, rest = resource.partition("/")
    if not slash:
        return None
    model = catalog.models.get(name)
    if model is None or rest not in model.resources:
        raise NotFound(f"There is no unified resource '{resource[:200]}'.")
    return _Target(model, rest)


def _dressed(item: Mapped) -> dict[str, Any]:
    return {**item.record, "remote_data": item.raw}


__all__ = ["ReadPage", "Source", "Wish", "digest_of"]
