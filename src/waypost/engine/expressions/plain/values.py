"""Single values as plain code sees them: absent or null, equal or not, written or folded."""

from types import NoneType
from typing import Any


class NotUsual(Exception):
    """These data go beyond what plain code handles: the engine is asked instead."""


class _Absent(tuple[()]):
    """No value; empty, so that it counts as false without a call."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()
"""What JSONata calls undefined; null is None."""

LARGEST_EXACT = 2**53
"""Up to here an integer is the same number in the engine, which counts in doubles."""
_LARGEST_WRITTEN = 10**15
LONGEST_COMPARED = 10_000
# Up to here Unicode is settled: case is the same in every version that Python or the engine knows.
_LAST_SETTLED = "\u017f"
# By type: a lookup is all it takes.
_KINDS = {
    NoneType: "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_FIELDLESS = (NoneType, bool, int, float, str, _Absent)


def nothing(value: Any) -> Any:
    """Return ABSENT as the field of what has no fields; raises NotUsual."""
    if type(value) in _FIELDLESS:
        return ABSENT
    raise NotUsual


def settled(items: list[Any]) -> Any:
    """Return what a sequence is: nothing, its one item, or a list."""
    return items if len(items) > 1 else items[0] if items else ABSENT


def item_at(value: Any, position: int) -> Any:
    """Return `value[position]`; what is no list is its own first item."""
    if type(value) is not list:
        return value if position == 0 else ABSENT
    found = value[position] if position < len(value) else ABSENT
    if type(found) is list:
        raise NotUsual
    return found


def keeps(verdict: Any) -> bool:
    """Say whether a filter keeps an item; numbers are positions, and the engine's."""
    if type(verdict) in (str, bool, dict, NoneType, _Absent):
        return bool(verdict)
    raise NotUsual


def equal(left: Any, right: Any) -> bool:
    """Say whether two values are the same; what is absent is equal to nothing."""
    kind, other = type(left), type(right)
    if kind is str or other is str:
        if kind is other and len(left) == len(right) > LONGEST_COMPARED:
            raise NotUsual
        return kind is other and bool(left == right)
    if left is ABSENT or right is ABSENT:
        return False
    if left is None or right is None or kind is bool or other is bool:
        return left is right
    if kind is int and other is int and abs(left) <= LARGEST_EXACT and abs(right) <= LARGEST_EXACT:
        return bool(left == right)
    raise NotUsual


def unequal(left: Any, right: Any) -> bool:
    """Say whether two values differ; what is absent differs from nothing."""
    return not equal(left, right) and left is not ABSENT and right is not ABSENT


def comparable(left: Any, right: Any) -> bool:
    """Say whether two values can be ordered, none of them being absent; raises NotUsual."""
    if left is ABSENT or right is ABSENT:
        if {type(left), type(right)} <= {int, float, str, _Absent}:
            return False
    elif type(left) is int and type(right) is int:
        if abs(left) <= LARGEST_EXACT and abs(right) <= LARGEST_EXACT:
            return True
    elif type(left) is str and type(right) is str and left.isascii() and right.isascii():
        return True
    raise NotUsual


def written(value: Any) -> Any:
    """Return a value as `$string` writes it."""
    kind = type(value)
    if kind is str or value is ABSENT:
        return value
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is int and -_LARGEST_WRITTEN < value < _LARGEST_WRITTEN:
        return str(value)
    raise NotUsual


def kind_of(value: Any) -> Any:
    """Return `$type(value)`."""
    return value if value is ABSENT else _KINDS.get(type(value)) or nothing(value)


def folded(text: str, *, upper: bool) -> str:
    """Return a text in one case; raises NotUsual for letters whose case may not be settled."""
    if not text.isascii() and max(text) > _LAST_SETTLED:
        raise NotUsual
    return text.upper() if upper else text.lower()


def trimmed(text: str) -> str:
    """Return a text without spaces around it, and single ones inside."""
    if text.isprintable():  # the only space in it is the plain one
        return " ".join(text.split())
    for space in "\t\n\r":
        if space in text:
            text = text.replace(space, " ")
    return " ".join([part for part in text.split(" ") if part])


__all__ = [
    "ABSENT",
    "LARGEST_EXACT",
    "LONGEST_COMPARED",
    "NotUsual",
    "comparable",
    "equal",
    "folded",
    "item_at",
    "keeps",
    "kind_of",
    "nothing",
    "settled",
    "trimmed",
    "unequal",
    "written",
]
