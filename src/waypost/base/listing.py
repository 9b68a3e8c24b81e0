"""What a list asks for: conditions on fields, an order by age, a place to go on from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_

from waypost.base.connection import AsyncConnection
from waypost.base.errors import InvalidRequest

Kind = Literal["text", "moment", "boolean"]
Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "like"]
OPERATORS: tuple[Operator, ...] = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "like")
MOST_ROWS = 5000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `value` is a list for `in` and `nin`."""

    field: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows, how many, oldest or newest first, and after which one.

    `after` is a Page's `next`; sealing it for the outside is not done here.
    """

    conditions: tuple[Condition, ...] = ()
    limit: int = MOST_ROWS
    after: Mapping[str, Any] | None = None
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and where the next ones begin (None at the end)."""

    items: list[T]
    next: dict[str, Any] | None = None


def read_conditions(query: Mapping[str, Any], kinds: Mapping[str, Kind]) -> tuple[Condition, ...]:
    """Read the conditions on the fields named in `kinds` out of a parsed query.

    A field is `name=value`, `name[gt]=value`, `name[in]=a,b` or `name[]=a`; a dotted field may also
    stand nested (`integration[name]=x`). Other fields are left alone. Raises InvalidRequest.
    """
    found: list[Condition] = []
    for name, kind in kinds.items():
        asked = _lookup(query, name)
        if asked is None:
            continue
        if isinstance(asked, Mapping):
            found.extend(_condition(name, kind, key, value) for key, value in asked.items())
        else:
            operator = "in" if isinstance(asked, list) else "eq"
            found.append(_condition(name, kind, operator, asked))
    return tuple(found)


def newest_first(query: Mapping[str, Any]) -> bool:
    """Read `sort`: `created_at` or `-created_at`; raises InvalidRequest on any other."""
    sort = query.get("sort") or "created_at"
    if sort not in ("created_at", "-created_at"):
        raise InvalidRequest("sort must be created_at or -created_at")
    return bool(sort == "-created_at")


def matching(
    conditions: Sequence[Condition], columns: Mapping[str, ColumnElement[Any]]
) -> ColumnElement[bool]:
    """Return the SQL clause that all conditions hold."""
    return and_(True, *(_clause(columns[each.field], each) for each in conditions))


async def fetch_page(
    connection: AsyncConnection,
    statement: Select[Any],
    listing: Listing,
    columns: Mapping[str, ColumnElement[Any]],
    *,
    tie: str = "id",
) -> Page[Any]:
    """Run `statement` for one page of rows, by `created_at` and, within one moment, by `tie`.

    Both must be among `columns` and in the rows.
    """
    at, key = columns["created_at"], columns[tie]
    statement = statement.where(matching(listing.conditions, columns))
    if listing.after is not None:
        seen_at, seen_id = listing.after["created_at"], listing.after["after"]
        later = (at < seen_at) if listing.newest_first else (at > seen_at)
        beyond = (key < seen_id) if listing.newest_first else (key > seen_id)
        statement = statement.where(or_(later, and_(at == seen_at, beyond)))
    order = (at.desc(), key.desc()) if listing.newest_first else (at, key)
    limit = max(1, min(listing.limit, MOST_ROWS))
    rows = (await connection.execute(statement.order_by(*order).limit(limit + 1))).all()
    if len(rows) <= limit:
        return Page(list(rows))
    last = rows[limit - 1]
    return Page(list(rows[:limit]), {"created_at": last.created_at, "after": getattr(last, tie)})


def _lookup(query: Mapping[str, Any], name: str) -> Any:
    if name in query:
        return query[name]
    head, _, rest = name.partition(".")
    inside = query.get(head)
    return _lookup(inside, rest) if rest and isinstance(inside, Mapping) else None


def _condition(name: str, kind: Kind, operator: str, value: Any) -> Condition:
    if operator not in OPERATORS:
        raise InvalidRequest(f"{name}: unknown operator {operator}; use {', '.join(OPERATORS)}")
    if operator in ("in", "nin"):
        items = value if isinstance(value, list) else str(value).split(",")
        return Condition(name, operator, [_read(name, kind, item) for item in items])
    return Condition(name, operator, _read(name, kind, value))


def _read(name: str, kind: Kind, value: Any) -> Any:
    if isinstance(value, Mapping | list):
        raise InvalidRequest(f"{name} must be a single value")
    if kind == "boolean":
        truth = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
        if truth is None:
            raise InvalidRequest(f"{name} must be true or false")
        return truth
    if kind == "moment":
        return _moment(name, value)
    return str(value)


def _moment(name: str, value: Any) -> float:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidRequest(f"{name} must be an ISO-8601 date-time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _clause(column: ColumnElement[Any], condition: Condition) -> ColumnElement[bool]:
    value = condition.value
    if condition.operator == "like":
        # SQLite's LIKE ignores case and PostgreSQL's does not; ilike is alike on both.
        return column.ilike(str(value))
    clauses = {
        "eq": column.__eq__,
        "ne": column.__ne__,
        "gt": column.__gt__,
        "gte": column.__ge__,
        "lt": column.__lt__,
        "lte": column.__le__,
        "in": column.in_,
        "nin": column.not_in,
    }
    clause: ColumnElement[bool] = clauses[condition.operator](value)
    return clause
