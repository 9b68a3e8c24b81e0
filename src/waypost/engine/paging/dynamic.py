"""Expressions decide where the next page is: the last resort.

The values an expression gives are query parameters, unless the object has only the members
`query`, `headers` and `state`: then those two are added to the call, and `state` is merely kept.
"""

from collections.abc import Mapping
from typing import Any

from waypost.base.errors import ProviderGarbled
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.pagination import DynamicPagination
from waypost.engine.paging.page import Answer, Cursor, PageRequest, PageResult
from waypost.engine.paging.slices import END, Slice, cut, last_on_trail
from waypost.engine.query import write_leaf

_STRUCTURED = frozenset({"query", "headers", "state"})


def plan(
    pagination: DynamicPagination,
    limit: int | None,
    cursor: Cursor | None,
    query: Mapping[str, Any],
) -> PageRequest:
    """Ask with the values of this page; the first ones come from `initial`."""
    first = None if cursor else _first(pagination, query)
    at = Slice(
        "dynamic",
        pagination.limit,
        limit,
        cursor,
        first=first,
        can_ask=pagination.limit_param is not None,
    )
    added, headers = _split(at.at)
    if pagination.limit_param is not None:
        added = {pagination.limit_param: at.size, **added}
    return at.request(added, tuple((name.lower(), write_leaf(v)) for name, v in headers.items()))


def finish(pagination: DynamicPagination, page: PageRequest, answer: Answer) -> PageResult:
    """Ask the expression for the next values; null ends, and so do the same values again."""
    scope = {
        "query": dict(answer.query),
        "body": answer.body,
        "headers": answer.header_names(),
        "values": page.position,
    }
    following = compile_expression(pagination.next).evaluate(scope)
    if following is not None and not isinstance(following, dict):
        raise ProviderGarbled("The next paging values are not an object.")
    return cut(
        "dynamic",
        page,
        answer.records,
        following=END if following is None or following == page.position else following,
        preceding=last_on_trail(page),
    )


def _first(pagination: DynamicPagination, query: Mapping[str, Any]) -> dict[str, Any]:
    values = compile_expression(pagination.initial).evaluate({"query": dict(query)})
    return values if isinstance(values, dict) else {}


def _split(values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    if not isinstance(values, dict):
        return {}, {}
    if values and set(values) <= _STRUCTURED:
        return dict(values.get("query") or {}), dict(values.get("headers") or {})
    return dict(values), {}
