"""What a paging style adds to a call, and what it makes of the answer."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.pagination import LimitRange
from waypost.engine.transport import Headers, WholeResponse

Cursor = Mapping[str, Any]

LAST_SLICE = -1
"""The `skip` of a cursor that leads back into a page whose length is not known yet."""


class PageRequest(Struct, frozen=True):
    """What to add to this call, and which slice of its records is asked for.

    `skip` and `take` count records of the provider's page (`take` None is all); `size` is what
    the provider was asked for; `position` is the style's own place of this page.
    """

    query: dict[str, Any] = {}
    headers: Headers = ()
    skip: int = 0
    take: int | None = None
    size: int = 0
    position: Any = None
    trail: tuple[Any, ...] = ()


class PageResult(Struct, frozen=True):
    """The caller's page and the cursors around it; None where there is no further page.

    `records` may be empty with `next` set only when the provider's page was empty: go on.
    """

    records: list[Any]
    next: Cursor | None = None
    previous: Cursor | None = None


class Answer(Struct, frozen=True):
    """A provider's answer, as paging looks at it."""

    records: list[Any]
    response: WholeResponse
    body: Any
    query: Mapping[str, Any]
    url: str | None = None

    def header_names(self) -> dict[str, str]:
        """Return the headers as an object for expressions; the first of a repeated name."""
        return dict(reversed(self.response.headers))


def page_size(limits: LimitRange, limit: int | None) -> int:
    """Return the size to ask the provider for: the wish, within what it accepts."""
    if limit is None:
        return limits.default
    if limit < 1:
        raise InvalidRequest("limit is at least 1.")
    return min(max(limit, limits.minimum), limits.maximum)


def read_cursor(cursor: Cursor | None, style: str) -> dict[str, Any]:
    """Return a cursor's fields; raise `InvalidRequest` when another style of paging made it."""
    if not cursor:
        return {}
    if cursor.get("style") != style:
        raise InvalidRequest("The cursor does not fit this list any more; start again without it.")
    return dict(cursor)
