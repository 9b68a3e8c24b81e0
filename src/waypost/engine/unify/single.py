"""A unified get, create, update, delete or custom method: one main call, one record."""

from typing import Any

from waypost.engine.manifest.unified import Mapping
from waypost.engine.unify.scope import (
    Ask,
    Fetched,
    Mapped,
    Send,
    main_call,
    map_records,
    outgoing_scope,
    pick,
    run_before,
    run_step,
    static_records,
)


async def run_single(mapping: Mapping, ask: Ask, send: Send) -> tuple[Mapped, Fetched]:
    """Run a method on one record; raises NotFound, ProviderError, ManifestError.

    Where a list mapping stands behind a get, the record with the asked id is picked from it.
    """
    fixed = static_records(mapping, ask)
    before = await run_before(mapping, ask, send)
    if fixed is not None:
        fetched = Fetched(fixed)
    elif mapping.method == "list":
        page = await send.page(
            mapping.resource,
            mapping.method,
            main_call(mapping, ask, before),
            limit=None,
            cursor=None,
        )
        fetched = page
    else:
        fetched = await send.one(mapping.resource, mapping.method, main_call(mapping, ask, before))
    for step in mapping.after:
        scope = {**outgoing_scope(ask, before), "response": fetched.value}
        await run_step(step, scope, ask, send)
    return _mapped(mapping, ask, fetched, before), fetched


def _mapped(mapping: Mapping, ask: Ask, fetched: Fetched, before: dict[str, Any]) -> Mapped:
    value = fetched.value
    raws = value if isinstance(value, list) else [{} if value is None else value]
    records = [
        item
        for item in map_records(mapping, ask, raws, before, fetched.headers)
        if item is not None
    ]
    if isinstance(value, list):
        chosen = pick([item.record for item in records], ask)
        return next(item for item in records if item.record is chosen)
    return records[0] if records else Mapped({}, value)
