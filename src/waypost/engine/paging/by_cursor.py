"""Cursors that a provider hands out in its answers."""

from typing import Any
from urllib.parse import urlsplit

from waypost.base.errors import ProviderGarbled
from waypost.engine.manifest.pagination import CursorPagination
from waypost.engine.paging.page import Answer, Cursor, PageRequest, PageResult
from waypost.engine.paging.slices import END, Slice, cut, last_on_trail
from waypost.engine.placeholders import MISSING, look_up
from waypost.engine.query import parse_query


def plan(pagination: CursorPagination, limit: int | None, cursor: Cursor | None) -> PageRequest:
    """Ask for the page of a provider's cursor; the first page has none."""
    at = Slice(
        "cursor",
        pagination.limit,
        limit,
        cursor,
        first=None,
        can_ask=pagination.limit_param is not None,
    )
    query: dict[str, Any] = {}
    if at.at is not None:
        query[pagination.cursor_param] = at.at
    if pagination.limit_param is not None:
        query[pagination.limit_param] = at.size
    return at.request(query)


def finish(pagination: CursorPagination, page: PageRequest, answer: Answer) -> PageResult:
    """Take the next cursor out of the answer."""
    following = _next_token(pagination, answer.body)
    if following == page.position and following is not END:
        if answer.records:
            raise ProviderGarbled("The provider's next cursor leads to the same page again.")
        following = END
    return cut("cursor", page, answer.records, following=following, preceding=last_on_trail(page))


def _next_token(pagination: CursorPagination, body: Any) -> Any:
    token = look_up(body, pagination.cursor_path)
    if token is MISSING or token is None or token is False or token == "":
        return END
    if isinstance(token, str) and token.startswith(("https://", "http://")):
        # Some answer with the next page's address: only our parameter is taken out of it.
        return look_up(parse_query(urlsplit(token).query), pagination.cursor_param) or END
    if not isinstance(token, str | int):
        raise ProviderGarbled("The provider's next cursor is neither a text nor a number.")
    return token
