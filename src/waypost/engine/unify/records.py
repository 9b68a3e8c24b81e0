"""A unified list: sources one after the other, each mapped and filtered, cut to the asked size."""

from collections.abc import Mapping as AnyMapping
from typing import Any

from msgspec import Struct

from waypost.engine.manifest.unified import Mapping
from waypost.engine.transport import Headers
from waypost.engine.unify.scope import (
    Ask,
    Fetched,
    Mapped,
    Send,
    answer_headers,
    applies,
    evaluate,
    fixed_records,
    keep,
    main_call,
    makes_a_call,
    map_records,
    outgoing_scope,
    run_before,
)

MOST_FETCHES = 50
"""Provider pages read for one page of ours, while filters leave it empty."""

MOST_FILLING = 4
"""Provider pages read to fill a page that has records already; then it is given short."""


class Position(Struct, frozen=True):
    """Where a page begins: the source, the provider's cursor in it, and how many records to skip."""

    source: int = 0
    cursor: AnyMapping[str, Any] | None = None
    skip: int = 0

    def to_json(self) -> list[Any]:
        """Return a small JSON form."""
        return [self.source, self.cursor, self.skip]

    @classmethod
    def from_json(cls, value: list[Any]) -> "Position":
        """Read the JSON form."""
        return cls(*value)


class UnifiedPage(Struct):
    """A page of unified records; `next` is None at the end, `dropped` counts what mappings dropped."""

    records: list[Mapped] = []
    next: Position | None = None
    dropped: int = 0
    is_partial: bool = False
    headers: Headers = ()


async def list_records(
    mapping: Mapping, ask: Ask, send: Send, *, position: Position, limit: int | None
) -> UnifiedPage:
    """Read one page: never empty while there is more, and never longer than `limit`.

    It is shorter than `limit` only at the end, or where filling it would take too many calls.
    """
    scope = outgoing_scope(ask, {})
    sources = [each for each in (mapping, *mapping.merge) if applies(each.run_if, scope, ask)]
    page = UnifiedPage()
    at: Position | None = position if position.source < len(sources) else None
    filled = 0
    for _ in range(MOST_FETCHES):
        if at is None or (limit is not None and len(page.records) >= limit):
            break
        source = sources[at.source]
        if page.records and is_paged(source, send):
            if limit is None or filled == MOST_FILLING:
                break
            filled += 1
        at = await _read(source, ask, send, at, limit, page)
        if at is not None and at.source >= len(sources):
            at = None
    page.next = at
    return page


def is_paged(source: Mapping, send: Send) -> bool:
    """Say whether the provider pages this source itself."""
    return makes_a_call(source) and send.is_paged(source.resource, source.method)


async def _read(
    source: Mapping, ask: Ask, send: Send, at: Position, limit: int | None, page: UnifiedPage
) -> Position | None:
    """Add what one fetch gives to the page and return where to go on; past the last source is out."""
    wanted = None if limit is None else limit - len(page.records)
    # A list that begins in the middle of our page is read in whole pages from its start on.
    size = limit if at.cursor is None else wanted
    before = await run_before(source, ask, send) if source.before else {}
    fixed = fixed_records(source, ask, before)
    fetched = (
        Fetched([]) if fixed is not None else await _fetch(source, ask, send, at, size, before)
    )
    raws = fetched.value if isinstance(fetched.value, list) else [fetched.value]
    mapped: list[Mapped | None] = (
        list(fixed)
        if fixed is not None
        else map_records(source, ask, raws, before, fetched.headers)
    )
    present = [item for item in mapped if item is not None]
    records = keep(source, ask, present)
    page.headers = page.headers or answer_headers(source, ask, before, fetched)
    page.is_partial = page.is_partial or _is_partial(source, ask, raws, before)
    if at.skip == 0:
        page.dropped += len(mapped) - len(present)
    cut = records[at.skip :] if wanted is None else records[at.skip : at.skip + wanted]
    page.records += cut
    consumed = at.skip + len(cut)
    if consumed < len(records):
        return Position(at.source, at.cursor, consumed)
    if fetched.next is not None:
        return Position(at.source, fetched.next, 0)
    return Position(at.source + 1)


async def _fetch(
    source: Mapping,
    ask: Ask,
    send: Send,
    at: Position,
    asked: int | None,
    before: AnyMapping[str, Any],
) -> Fetched:
    call = main_call(source, ask, before)
    paged = send.is_paged(source.resource, source.method)
    # A filter of ours may thin a page out, so such a page is read at the provider's own size.
    # What was handed out of a page is read once more: the page must reach beyond it.
    size = asked + at.skip if asked is not None and paged and source.filters is None else None
    return await send.page(
        source.resource, source.method, call, limit=size, cursor=at.cursor if paged else None
    )


def _is_partial(source: Mapping, ask: Ask, raws: list[Any], before: AnyMapping[str, Any]) -> bool:
    if source.is_partial_expression is None:
        return False
    scope = {**outgoing_scope(ask, before), "data": raws}
    return evaluate(source.is_partial_expression, scope, ask, "is_partial_expression") is True
