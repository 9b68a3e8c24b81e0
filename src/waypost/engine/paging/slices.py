"""Pages the provider numbers or names itself, cut into smaller ones where a caller wants less.

A cursor is `{style, at, skip, size}`: the provider's page `at`, asked for with `size`, and how
many of its records were already given out. Where a provider only leads forward, `trail` keeps
the last few places passed, so that a previous cursor can lead back.
"""

from typing import Any, Final

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.pagination import LimitRange
from waypost.engine.paging.page import (
    LAST_SLICE,
    Cursor,
    PageRequest,
    PageResult,
    page_size,
    read_cursor,
)
from waypost.engine.transport import Headers

TRAIL_LENGTH = 10


class End:
    """The type of `END`: there is no such page."""

    __slots__ = ()


END: Final = End()


class Slice:
    """Which part of which page a caller is at."""

    __slots__ = ("at", "size", "skip", "take", "trail")

    def __init__(
        self,
        style: str,
        limits: LimitRange,
        limit: int | None,
        cursor: Cursor | None,
        *,
        first: Any,
        can_ask: bool,
    ) -> None:
        """Read the cursor; `first` is the place of the first page.

        Without a limit parameter (`can_ask` False) a page has the provider's own size.
        """
        fields = read_cursor(cursor, style)
        size = page_size(limits, limit)
        self.at = fields.get("at", first)
        self.skip = _whole(fields.get("skip", 0))
        self.size = _whole(fields.get("size", size if can_ask else limits.default))
        self.take = limit
        self.trail = tuple(fields.get("trail", ()))

    def request(self, query: dict[str, Any], headers: Headers = ()) -> PageRequest:
        """Return the page request with what this style adds to the call."""
        return PageRequest(
            query=query,
            headers=headers,
            skip=self.skip,
            take=self.take,
            size=self.size,
            position=self.at,
            trail=self.trail,
        )


def cut(
    style: str, page: PageRequest, records: list[Any], *, following: Any, preceding: Any
) -> PageResult:
    """Return the wanted slice of a provider's page and the cursors around it.

    `following` and `preceding` are the provider's neighbouring pages, or `END`.
    """
    count = len(records)
    take = page.take or count
    skip = page.skip
    if skip == LAST_SLICE:
        skip = (count - 1) // take * take if count else 0
    stop = skip + take
    if stop < count:
        next_cursor = _cursor(style, page, page.position, stop, page.trail)
    elif following is END:
        next_cursor = None
    else:
        # An empty page leaves no trace: going back to it would only lead forward again.
        trail = (*page.trail, page.position)[-TRAIL_LENGTH:] if count else page.trail
        next_cursor = _cursor(style, page, following, 0, trail)
    if skip > 0:
        previous = _cursor(style, page, page.position, max(0, skip - take), page.trail)
    elif preceding is END:
        previous = None
    else:
        previous = _cursor(style, page, preceding, LAST_SLICE, page.trail[:-1])
    return PageResult(records[skip:stop], next_cursor, previous)


def last_on_trail(page: PageRequest) -> Any:
    """Return the page passed just before, or `END`."""
    return page.trail[-1] if page.trail else END


def _cursor(
    style: str, page: PageRequest, at: Any, skip: int, trail: tuple[Any, ...]
) -> dict[str, Any]:
    cursor = {"style": style, "at": at, "skip": skip, "size": page.size}
    return {**cursor, "trail": list(trail)} if trail and style in _ONE_WAY else cursor


_ONE_WAY = frozenset({"cursor", "dynamic"})


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise InvalidRequest("The cursor does not fit this list any more; start again without it.")
    return value
