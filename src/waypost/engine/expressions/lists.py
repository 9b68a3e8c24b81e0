"""Functions over lists and objects, as mappings written for Truto know them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from waypost.engine.placeholders import MISSING, look_up

MAX_NESTING = 100


def first_present(*candidates: Any) -> Any:
    """Return the first value that is neither absent nor null; '' and [] are values."""
    return next((candidate for candidate in candidates if candidate is not None), None)


def compact(items: Any) -> list[Any]:
    """Drop null, false, 0 and ''."""
    empty = (None, False, 0, "")
    return [item for item in as_list(items) if isinstance(item, dict | list) or item not in empty]


def remove_empty(items: Any) -> Any:
    """Turn an empty list, text or object into nothing."""
    return items if items not in ([], "", {}) else None


def remove_empty_items(items: Any) -> Any:
    """Drop items that are null, '', {} or []."""
    if not isinstance(items, list):
        return items
    return [item for item in items if item not in (None, "", {}, [], 0) or item is False]


def pick(value: Any, keys: Any) -> dict[str, Any]:
    """Keep only these keys."""
    wanted = as_list(keys)
    return {key: value[key] for key in wanted if key in value} if isinstance(value, dict) else {}


def omit(value: Any, keys: Any) -> dict[str, Any]:
    """Leave these keys out."""
    unwanted = set(map(str, as_list(keys)))
    members = value.items() if isinstance(value, dict) else ()
    return {key: member for key, member in members if key not in unwanted}


def values(value: Any) -> list[Any]:
    """Return an object's values."""
    return list(value.values()) if isinstance(value, dict) else as_list(value)


def key_by(items: Any, key: Any) -> dict[str, Any]:
    """Return an object from each item's key to the item; the last one wins."""
    read = _reader(key)
    return {_as_key(read(item)): item for item in as_list(items)}


def group_by(items: Any, key: Any) -> dict[str, list[Any]]:
    """Return an object from each key to its items."""
    read = _reader(key)
    groups: dict[str, list[Any]] = {}
    for item in as_list(items):
        groups.setdefault(_as_key(read(item)), []).append(item)
    return groups


def order_by(items: Any, keys: Any, orders: Any = None) -> list[Any]:
    """Sort by one key or several; `orders` is asc or desc for each of them."""
    ordered = list(as_list(items))
    directions = as_list(orders)
    wanted = as_list(keys)
    # Sorting is stable: the least important key goes first.
    for position in reversed(range(len(wanted))):
        read = _reader(wanted[position])
        descending = position < len(directions) and directions[position] == "desc"
        present = [item for item in ordered if read(item) is not None]
        absent = [item for item in ordered if read(item) is None]
        present.sort(key=lambda item, read=read: _rank(read(item)), reverse=descending)
        ordered = present + absent
    return ordered


def find(items: Any, match: Any) -> Any:
    """Return the first item that matches; see `find_all`."""
    matches = _matcher(match)
    return next((item for item in as_list(items) if matches(item)), None)


def find_all(items: Any, match: Any) -> list[Any]:
    """Return the items that match a key (true there), a [key, value], an object, or a function."""
    matches = _matcher(match)
    return [item for item in as_list(items) if matches(item)]


def chunk(items: Any, size: Any = 1) -> list[list[Any]]:
    """Cut a list into lists of at most `size` items."""
    step = max(1, int(size))
    listed = as_list(items)
    return [listed[start : start + step] for start in range(0, len(listed), step)]


def flatten(items: Any, depth: Any = 1) -> list[Any]:
    """Open `depth` levels of lists."""
    return list(_opened(as_list(items), min(int(depth), MAX_NESTING)))


def flatten_deep(items: Any) -> list[Any]:
    """Open every level of lists."""
    return flatten(items, MAX_NESTING)


def difference(items: Any, others: Any) -> list[Any]:
    """Return the items that are not among the others; objects and lists always stay."""
    known = {_identity(other) for other in as_list(others)}
    return [item for item in as_list(items) if _identity(item) not in known]


def map_values(value: Any, table: Any, _unused: Any = None, default: Any = None) -> Any:
    """Look a value up regardless of case; what the table lacks stays as it is."""
    if value is None:
        return default
    if not isinstance(table, Mapping):
        return value
    folded = {key.lower(): member for key, member in table.items()}
    return _mapped(value, folded)


def _mapped(value: Any, table: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_mapped(member, table) for member in value]
    if isinstance(value, dict):
        return {key: _mapped(member, table) for key, member in value.items()}
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    found = table.get(str(value).lower())
    return value if found is None else found


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, nothing as an empty one, anything else as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _reader(key: Any) -> Callable[[Any], Any]:
    if callable(key):
        return key  # type: ignore[no-any-return]

    def read(item: Any) -> Any:
        found = look_up(item, str(key))
        return None if found is MISSING else found

    return read


def _matcher(match: Any) -> Callable[[Any], bool]:
    if callable(match):
        return lambda item: bool(match(item))
    if isinstance(match, dict):
        return lambda item: (
            isinstance(item, dict) and all(item.get(key) == value for key, value in match.items())
        )
    if isinstance(match, list):
        read, wanted = _reader(match[0]), match[1]
        return lambda item: bool(read(item) == wanted)
    present = _reader(match)
    return lambda item: bool(present(item))


def _as_key(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, int | float):
        return (0, value)
    return (1, value) if isinstance(value, str) else (2, 0)


def _identity(value: Any) -> Any:
    if isinstance(value, dict | list):
        return id(value)
    return (type(value) is bool, value)


def _opened(items: list[Any], depth: int) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list) and depth > 0:
            yield from _opened(item, depth - 1)
        else:
            yield item
