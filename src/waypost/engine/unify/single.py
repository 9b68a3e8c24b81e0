"""A unified get, create, update, delete or custom method: one main call, one record."""

from typing import Any

from msgspec.structs import replace

from waypost.base.errors import ManifestError, NotFound, ProviderGarbled, ProviderRefused
from waypost.engine.manifest.unified import Mapping
from waypost.engine.unify.scope import (
    Ask,
    Fetched,
    Mapped,
    Send,
    answer_headers,
    applies,
    fixed_records,
    main_call,
    map_records,
    outgoing_scope,
    pick,
    run_before,
    run_step,
)


async def run_single(mapping: Mapping, ask: Ask, send: Send) -> tuple[Mapped, Fetched]:
    """Run a method on one record; raises NotFound, ProviderError, ManifestError.

    Sources in `merge` are tried in order when the one before knows no such record.
    """
    sources = [
        source
        for source in (mapping, *mapping.merge)
        if applies(source.run_if, outgoing_scope(ask, {}), ask)
    ]
    missing: NotFound | ProviderRefused | None = None
    for source in sources:
        try:
            return await _run(source, ask, send)
        except NotFound as error:
            missing = missing or error
        except ProviderRefused as error:
            if error.status != 404:
                raise
            missing = missing or error
    raise missing or NotFound(f"There is no record with id {ask.id!r}.")


async def _run(mapping: Mapping, ask: Ask, send: Send) -> tuple[Mapped, Fetched]:
    before = await run_before(mapping, ask, send)
    fixed = fixed_records(mapping, ask, before)
    if fixed is not None:
        return pick(fixed, ask), Fetched(None)
    call = main_call(mapping, ask, before)
    if mapping.method == "list":
        # A provider without a get: the record is looked for in its list.
        fetched = await send.page(mapping.resource, "list", call, limit=None, cursor=None)
        mapped = map_records(mapping, ask, fetched.value, before, fetched.headers)
        found = pick([item for item in mapped if item is not None], ask)
        return found, _headed(mapping, ask, before, fetched)
    fetched = await send.one(mapping.resource, mapping.method, call)
    for step in mapping.after:
        scope = {**outgoing_scope(ask, before), "response": fetched.value}
        await run_step(step, scope, ask, send)
    try:
        record = _mapped(mapping, ask, fetched, before)
    except ManifestError:
        record = None
    if record is None:
        # What the provider accepted has happened: a fault of the mapping must not hide its answer.
        raise ProviderGarbled(
            "The provider accepted the call, but its answer has a shape that the mapping cannot read.",
            status=fetched.status,
            body=fetched.value,
        )
    return record, _headed(mapping, ask, before, fetched)


def _headed(mapping: Mapping, ask: Ask, before: dict[str, Any], fetched: Fetched) -> Fetched:
    return replace(fetched, headers=answer_headers(mapping, ask, before, fetched))


def _mapped(mapping: Mapping, ask: Ask, fetched: Fetched, before: dict[str, Any]) -> Mapped:
    raw = {} if fetched.value is None else fetched.value
    mapped = map_records(mapping, ask, [raw], before, fetched.headers)
    return next((item for item in mapped if item is not None), Mapped({}, fetched.value))
