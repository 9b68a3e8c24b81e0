"""What one evaluation may use, and the operations whose cost depends on the data."""

import re
from collections.abc import Callable
from typing import Any

from waypost.engine.expressions.limits import EvaluationLimits
from waypost.engine.expressions.plain.values import (
    ABSENT,
    LARGEST_EXACT,
    NotUsual,
    equal,
    folded,
    keeps,
    nothing,
    settled,
    trimmed,
    written,
)

LONGEST_LIST = 1_000
"""Items of a list that are looked at one by one."""
LONGEST_TEXT = 10_000
"""Characters of a text that is changed, searched or joined to."""
DEEPEST = 50
_WIDEST = 6
"""Bytes that a character takes in JSON, at most."""
_FREE_TEXT = 200
_CHARACTERS_A_STEP = 64
_ALL_TEXTS = {str}


class Work:
    """The budget of one evaluation: steps, and bytes of JSON in the result.

    Every item of a list that is looked at, and every stretch of a text, is paid for here; the
    rest is paid for by record before it begins. Whoever overdraws raises NotUsual.
    """

    __slots__ = ("_bytes", "_seen", "_steps")

    def __init__(self, limits: EvaluationLimits, *, records: int, steps: int, size: int) -> None:
        if records > limits.array_length:
            raise NotUsual
        self._steps = limits.steps - records * steps
        self._bytes = limits.result_size - records * size
        if self._steps < 0 or self._bytes < 0:
            raise NotUsual
        # By identity; holding what was measured keeps its identity from being given to another.
        self._seen: dict[int, tuple[Any, int]] = {}

    def loop(self, items: list[Any], cost: int = 1, size: int = 0) -> list[Any]:
        """Pay for looking at every item, in steps and bytes each; return them."""
        self._steps -= len(items) * cost
        self._bytes -= len(items) * size
        if self._steps < 0 or self._bytes < 0 or len(items) > LONGEST_LIST:
            raise NotUsual
        return items

    def out(self, value: Any) -> Any:
        """Pay for a value that goes into the result as it is; return it as the engine would."""
        kind = type(value)
        if kind is str:
            self._bytes -= _WIDEST * len(value)
            if self._bytes < 0:
                raise NotUsual
        elif kind is float:
            if abs(value) > LARGEST_EXACT:
                raise NotUsual
            return int(value) if value.is_integer() else value
        elif kind is int:
            if not -LARGEST_EXACT <= value <= LARGEST_EXACT:
                raise NotUsual
        elif value is not None and value is not ABSENT and kind is not bool:
            self._bytes -= self._size(value, 1)
            if self._bytes < 0:
                raise NotUsual
        return value

    def if_true(self, value: Any) -> Any:
        """Pay for a value that goes into the result if it counts as true."""
        return self.out(value) if self.truth(value) else ABSENT

    def listed(self, value: Any) -> list[Any]:
        """Pay for `[value]`, which goes into the result; a list is its own list of items."""
        if type(value) is not list:
            return [] if value is ABSENT else [self.out(value)]
        seen = self._seen.get(id(value))  # what many records share is measured once
        self._bytes -= self._size(value, 1) if seen is None else seen[1]
        self._steps -= len(value)
        if self._steps < 0 or self._bytes < 0:
            raise NotUsual
        return value

    def _size(self, value: Any, depth: int) -> int:
        seen = self._seen.get(id(value))
        if seen is None:
            seen = self._seen[id(value)] = (value, self._measured(value, depth))
        return seen[1]

    def _measured(self, value: Any, depth: int) -> int:
        if type(value) is dict:
            members, size = list(value.values()), _WIDEST * sum(map(len, value)) + 4 * len(value)
        elif type(value) is list:
            members, size = value, 0
            if {*map(type, members)} == _ALL_TEXTS:
                return _WIDEST * sum(map(len, self.loop(members))) + 3 * len(members) + 2
        else:
            raise NotUsual
        if depth > DEEPEST:
            raise NotUsual
        self.loop(members)
        return size + 2 + sum([self._inner(each, depth) for each in members])

    def _inner(self, value: Any, depth: int) -> int:
        kind = type(value)
        if kind is str:
            return _WIDEST * len(value) + 3
        if value is None or kind is bool:
            return 6
        if kind is int and -LARGEST_EXACT <= value <= LARGEST_EXACT:
            return 18
        if kind is float and not value.is_integer():
            return 26
        return self._size(value, depth + 1)

    def field(self, value: Any, name: str) -> Any:
        """Return a field of an object, or of each object in a list."""
        kind = type(value)
        if kind is dict:
            return value.get(name, ABSENT)
        return self._field_of_each(value, name) if kind is list else nothing(value)

    def getter(self, value: Any) -> Callable[[str, Any], Any]:
        """Return what finds the fields of a value that is no object, as `get` does for one."""
        return lambda name, _: self.field(value, name)

    def _field_of_each(self, items: list[Any], name: str) -> Any:
        found: list[Any] = []
        for item in self.loop(items):
            if type(item) is dict:
                member = item.get(name, ABSENT)
                if member is not ABSENT:
                    found.append(member)
            else:
                nothing(item)  # a list in a list is the engine's
        if len(found) == 1 and type(found[0]) is list:
            return found[0]
        flat: list[Any] = []
        for member in found:
            if type(member) is list:
                flat += self.loop(member)
            else:
                flat.append(member)
        return settled(self.loop(flat))

    def member(self, value: Any, key: Any) -> Any:
        """Return `$lookup(value, key)`."""
        if key is ABSENT:
            return key
        if type(key) is not str or type(value) is list:  # a list is searched in another way
            raise NotUsual
        return self.field(value, key)

    def truth(self, value: Any) -> bool:
        """Say whether a value counts as true; a list does when one of its items does."""
        if type(value) is not list:
            return bool(value)
        if any(type(item) is list for item in self.loop(value)):
            raise NotUsual
        return any(value)

    def sift(self, value: Any, kept: list[Any]) -> None:
        """Add to `kept` what counts as true: the value, or if it is a list its items."""
        for item in self.loop(value) if type(value) is list else [value]:
            if keeps(item):
                kept.append(item)

    def negated(self, value: Any) -> Any:
        """Return `$not(value)`."""
        return value if value is ABSENT else not self.truth(value)

    def boolean(self, value: Any) -> Any:
        """Return `$boolean(value)`."""
        return value if value is ABSENT else self.truth(value)

    def is_among(self, value: Any, items: Any) -> bool:
        """Say whether `value in items`."""
        if value is ABSENT or items is ABSENT:
            return False
        if type(items) is not list:
            return equal(value, items)
        self.loop(items)
        if type(value) is str:
            return self.text(value) in items
        return any(equal(value, item) for item in items)

    def text(self, value: Any) -> str:
        """Pay for a text that is to be changed; raises NotUsual for anything else."""
        if type(value) is not str or len(value) > LONGEST_TEXT:
            raise NotUsual
        if len(value) > _FREE_TEXT:
            self._steps -= len(value) // _CHARACTERS_A_STEP
            if self._steps < 0:
                raise NotUsual
        return value

    def joint(self, value: Any) -> str:
        """Return a value as a part of a joined text, in which nothing is empty."""
        return "" if value is ABSENT else self.text(written(value))

    def lowercase(self, value: Any) -> Any:
        """Return `$lowercase(value)`."""
        return value if value is ABSENT else folded(self.text(value), upper=False)

    def uppercase(self, value: Any) -> Any:
        """Return `$uppercase(value)`."""
        return value if value is ABSENT else folded(self.text(value), upper=True)

    def trim(self, value: Any) -> Any:
        """Return `$trim(value)`."""
        if type(value) is str and len(value) <= _FREE_TEXT and value.isprintable():
            return " ".join(value.split())  # the only space in it is the plain one
        return value if value is ABSENT else trimmed(self.text(value))

    def length(self, value: Any) -> Any:
        """Return `$length(value)`."""
        return value if value is ABSENT else len(self.text(value))

    def contains(self, value: Any, part: Any) -> Any:
        """Return `$contains(value, part)`."""
        text, within = self._two(value, part)
        return value if value is ABSENT else within in text

    def before(self, value: Any, mark: Any) -> Any:
        """Return `$substringBefore(value, mark)`."""
        text, part = self._two(value, mark)
        return value if value is ABSENT else text.partition(part)[0] if part else ""

    def after(self, value: Any, mark: Any) -> Any:
        """Return `$substringAfter(value, mark)`."""
        text, part = self._two(value, mark)
        if value is ABSENT:
            return value
        return text[text.index(part) + len(part) :] if part in text else text

    def _two(self, value: Any, other: Any) -> tuple[str, str]:
        """Return two texts; the second is looked at even where the first is absent."""
        second = self.text(other)
        return ("" if value is ABSENT else self.text(value)), second

    def join(self, items: Any, mark: Any = "") -> Any:
        """Return `$join(items, mark)`."""
        between = "" if mark is ABSENT else self.text(mark)
        if type(items) is not list:
            return items if items is ABSENT else self.text(items)
        count = len(items)
        size = len(between) * count
        try:
            for item in items:
                size += len(item)
            self._steps -= count + size // _CHARACTERS_A_STEP
            if size > LONGEST_TEXT or count > LONGEST_LIST or self._steps < 0:
                raise NotUsual
            return between.join(items)
        except TypeError:
            raise NotUsual from None

    def replace(self, value: Any, pattern: re.Pattern[str], new: str) -> Any:
        """Return `$replace(value, pattern, new)` for a pattern that is plain."""
        return value if value is ABSENT else self.text(pattern.sub(new, self.text(value)))


__all__ = ["DEEPEST", "LONGEST_LIST", "LONGEST_TEXT", "Work"]
