"""Serve `/unified/{model}/{resource}[/{id}]`."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from waypost.base.asgi import Answer, PlainRequest, json_answer
from waypost.base.errors import ProviderRefused
from waypost.engine.expressions import run_apart
from waypost.engine.manifest.unified import ModelResource
from waypost.engine.unify import (
    Ask,
    Misfit,
    Position,
    conform,
    list_records,
    reworded,
    run_single,
)
from waypost.features.unified.check import check_body, check_query, ignored_filters
from waypost.features.unified.meta import integration_meta, method_meta
from waypost.features.unified.raw import raw_answer
from waypost.features.unified.route import Target, find_target
from waypost.features.unified.shape import dress, keyed, refuse_unknown_switches, response_format
from waypost.kernel.calls.cell import Cell, Cells, run_method
from waypost.kernel.calls.forwarded import forwarded
from waypost.kernel.calls.on_behalf import Calls
from waypost.kernel.calls.reading import Reading, read_request
from waypost.kernel.calls.sender import Sender, begin_sender
from waypost.kernel.environments import Caller
from waypost.kernel.manifests import Manifests


class Unified:
    """Answer in one shape over every provider."""

    def __init__(self, calls: Calls, manifests: Manifests, cells: Cells) -> None:
        self._calls = calls
        self._manifests = manifests
        self._cells = cells

    async def __call__(self, request: PlainRequest, caller: Caller, tail: str) -> Answer:
        """Serve one request; raises WaypostError."""
        catalog = self._manifests.catalog
        if tail.startswith("meta/"):
            return integration_meta(catalog, tail.removeprefix("meta/"), request.query_string)
        target = find_target(catalog, request.method, tail)
        reading = await read_request(request, self._calls.settings.body_limit)
        if target.meta_of is not None and target.integration is not None:
            cell = self._cells.base(target.integration, target, target.meta_of)
            return json_answer(200, method_meta(target, cell, with_responses=True))
        refuse_unknown_switches(reading)
        bound = await self._calls.bind(caller, reading.account_id)
        if target.meta_of is not None:
            cell = await self._cells.find(bound, target, target.meta_of)
            return json_answer(200, method_meta(target, cell, with_responses=False))
        sender = begin_sender(self._calls, bound, "unified", request, reading)
        sender.trace.record.resource = f"{target.model.name}/{target.resource}"
        sender.trace.record.method = target.method
        try:
            cell = await self._cells.find(bound, target, target.method)
            known = target.model.resources[target.resource].methods.get(target.method)
            check_query(
                reading.query, cell.mapping.query_schema, known.query_schema if known else None
            )
            check_body(reading.body, cell.mapping.request_body_schema)
            return await sender.once(
                reading, None, lambda: self._serve(sender, target, reading, cell)
            )
        except BaseException as error:
            sender.failed(error)
            raise

    async def _serve(self, sender: Sender, target: Target, reading: Reading, cell: Cell) -> Answer:
        form = response_format(reading)
        ask = Ask(
            id=target.id,
            query=reading.query,
            raw_query=reading.raw_query,
            remote_query=reading.remote_query,
            body=reading.body,
            context=sender.bound.account.context,
            reference=cell.reference,
            raw_body_type=reading.raw_body_type,
            where=cell.where,
        )
        if form in ("raw", "stream"):
            return await raw_answer(sender, cell, ask, reading)
        serve = self._list if target.method == "list" else self._single
        try:
            return await serve(sender, target, reading, cell, ask)
        except ProviderRefused as refused:
            if cell.mapping.error_mapping is None:
                raise
            reword = partial(reworded, cell.mapping, ask, refused)
            told = await run_apart(reword) if cell.is_users else reword()
        raise told

    async def _list(
        self, sender: Sender, target: Target, reading: Reading, cell: Cell, ask: Ask
    ) -> Answer:
        bound_to = sender.binding("unified", f"{target.model.name}/{target.resource}", reading)
        opened = sender.open_cursor(reading.cursor, bound_to)
        trail = _Trail.read(opened)
        limit = None if reading.flag("truto_ignore_limit") else reading.limit
        page = await run_method(
            cell,
            sender,
            lambda send: list_records(cell.mapping, ask, send, position=trail.at, limit=limit),
        )
        resource = target.model.resources[target.resource]
        misfits = conform(resource.schema_, [item.record for item in page.records])
        records = dress(page.records, reading, response_format(reading), _fields(resource))
        body: dict[str, Any] = {
            "result": keyed(records, page.records, reading),
            "next_cursor": sender.seal_cursor(trail.next(page.next), bound_to),
            "prev_cursor": sender.seal_cursor(trail.previous(), bound_to),
            "result_count": len(records),
            "is_partial_response": page.is_partial,
        }
        ignored = ignored_filters(reading.query, cell.mapping.query_schema)
        if warnings := _warnings(misfits, page.dropped, ignored):
            body["warnings"] = warnings
        headers = [*forwarded(page.headers), *sender.headers()]
        return sender.done(json_answer(200, body, headers), result_count=len(records))

    async def _single(
        self, sender: Sender, target: Target, reading: Reading, cell: Cell, ask: Ask
    ) -> Answer:
        item, fetched = await run_method(
            cell, sender, lambda send: run_single(cell.mapping, ask, send)
        )
        headers = [*forwarded(fetched.headers), *sender.headers()]
        status = 201 if fetched.status == 201 else 200
        if target.method == "delete":
            return sender.done(json_answer(200, {"id": target.id}, headers))
        resource = target.model.resources[target.resource]
        misfits = conform(resource.schema_, [item.record])
        body = dress([item], reading, response_format(reading), _fields(resource))[0]
        if warnings := _warnings(misfits, 0):
            body["warnings"] = warnings
        if target.method not in ("get", "create", "update"):
            return sender.done(json_answer(status, {"result": body}, headers))
        return sender.done(json_answer(status, body, headers))


MOST_BACK = 20
"""Pages one can go back from where one is; cursors stay small."""


class _Trail:
    """Where a page is, and the places of the pages before it."""

    def __init__(self, at: Position, back: list[list[Any]]) -> None:
        self.at = at
        self._back = back

    @classmethod
    def read(cls, opened: dict[str, Any] | None) -> "_Trail":
        if opened is None:
            return cls(Position(), [])
        return cls(Position.from_json(opened["at"]), opened["back"])

    def next(self, position: Position | None) -> dict[str, Any] | None:
        if position is None:
            return None
        back = [*self._back, self.at.to_json()][-MOST_BACK:]
        return {"at": position.to_json(), "back": back}

    def previous(self) -> dict[str, Any] | None:
        return {"at": self._back[-1], "back": self._back[:-1]} if self._back else None


def _fields(resource: ModelResource) -> Iterable[str]:
    fields: Iterable[str] = resource.schema_.get("properties", ())
    return fields


def _warnings(
    misfits: list[Misfit], dropped: int, ignored: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return what the caller must see.

    Records that do not fit, how many a mapping dropped, and filters that did nothing.
    """
    warnings: list[dict[str, Any]] = [{"type": "misfit", **each.to_json()} for each in misfits]
    if dropped:
        message = f"The mapping dropped {dropped} of the provider's records on this page."
        warnings.append({"type": "dropped", "count": dropped, "message": message})
    for name in ignored:
        message = f"{name} does nothing here: this integration cannot filter or sort by it."
        warnings.append({"type": "ignored_filter", "field": name, "message": message})
    return warnings
