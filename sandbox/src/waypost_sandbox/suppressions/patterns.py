"""Patterns of the blocklist: the everyday part of regular expressions, in time that is linear.

A pattern is a stranger's, and a backtracking engine can be kept busy with one for years. So all
the ways to go on are followed at once; look-arounds and back-references, which need more than
that, are refused.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

# States that one pattern may have, and how often one thing may be asked to repeat.
MOST_STATES = 2_000
MOST_REPEATS = 255
_REPEAT = re.compile(r"\{(\d{1,18})(?:(,)(\d{0,18}))?\}")
_GROUP = re.compile(r"\?(?::|P?<[A-Za-z_]\w*>)")

Test = Callable[[str], bool]


class PatternError(ValueError):
    """Say that a pattern is none, or one that this reader does not follow."""


@dataclass(slots=True)
class _State:
    """One place in a pattern: a sign to pass, or ways on that cost nothing."""

    test: Test | None = None
    anchor: str = ""
    ways: list[_State] = field(default_factory=list)


@dataclass(slots=True)
class _Piece:
    start: _State
    end: _State


class Pattern:
    """A pattern that was read; say whether it fits a whole text, letters' case aside."""

    def __init__(self, source: str) -> None:
        self._piece = _Reader(source).read()

    def fits(self, text: str) -> bool:
        """Say whether the whole text fits."""
        reached = _spread([self._piece.start], 0, len(text))
        for place, sign in enumerate(text, start=1):
            ways = [
                way
                for state in reached.values()
                if state.test is not None and state.test(sign)
                for way in state.ways
            ]
            reached = _spread(ways, place, len(text))
            if not reached:
                return False
        return id(self._piece.end) in reached


@lru_cache(maxsize=512)
def read_pattern(source: str) -> Pattern:
    """Read a pattern; raise PatternError when it is none."""
    return Pattern(source)


def _spread(states: list[_State], place: int, length: int) -> dict[int, _State]:
    """Add every state that is reached without a sign."""
    reached: dict[int, _State] = {}
    waiting = states
    while waiting:
        state = waiting.pop()
        if id(state) in reached or not _may_stand(state.anchor, place, length):
            continue
        reached[id(state)] = state
        if state.test is None:
            waiting += state.ways
    return reached


def _may_stand(anchor: str, place: int, length: int) -> bool:
    return not anchor or (place == 0 if anchor == "^" else place == length)


class _Reader:
    """Read one pattern from left to right."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._place = 0
        self._made = 0

    def read(self) -> _Piece:
        """Read the whole of it."""
        try:
            piece = self._read_choice()
        except RecursionError:
            raise PatternError("it is nested too deeply") from None
        if self._place < len(self._source):
            raise PatternError("a bracket closes nothing")
        return piece

    def _peek(self) -> str:
        return self._source[self._place : self._place + 1]

    def _make(self, test: Test | None = None, anchor: str = "") -> _State:
        self._made += 1
        if self._made > MOST_STATES:
            raise PatternError("it is too large")
        return _State(test, anchor)

    def _wrap(self, *ways: _Piece) -> _Piece:
        start, end = self._make(), self._make()
        for way in ways:
            start.ways.append(way.start)
            way.end.ways.append(end)
        return _Piece(start, end)

    def _read_choice(self) -> _Piece:
        ways = [self._read_row()]
        while self._peek() == "|":
            self._place += 1
            ways.append(self._read_row())
        return ways[0] if len(ways) == 1 else self._wrap(*ways)

    def _read_row(self) -> _Piece:
        start = end = self._make()
        while self._peek() not in ("", "|", ")"):
            piece = self._read_repeated()
            end.ways.append(piece.start)
            end = piece.end
        return _Piece(start, end)

    def _read_repeated(self) -> _Piece:
        began = self._place
        piece = self._read_one()
        least, most = self._read_counts()
        return piece if (least, most) == (1, 1) else self._repeat(began, least, most)

    def _repeat(self, began: int, least: int, most: int | None) -> _Piece:
        """Write a thing as often as it may stand; each copy is read anew from its source."""
        after = self._place
        start = end = self._make()
        for number in range(least if most is None else most):
            piece = self._copy(began)
            end.ways.append(piece.start)
            if number >= least:
                end.ways.append(piece.end)
            end = piece.end
        if most is None:
            loop, out = self._copy(began), self._make()
            end.ways += [loop.start, out]
            loop.end.ways += [loop.start, out]
            end = out
        self._place = after
        return _Piece(start, end)

    def _copy(self, began: int) -> _Piece:
        self._place = began
        return self._wrap(self._read_one())

    def _read_counts(self) -> tuple[int, int | None]:
        sign = self._peek()
        found = _REPEAT.match(self._source, self._place) if sign == "{" else None
        if found is not None:
            least = int(found[1])
            most = (int(found[3]) if found[3] else None) if found[2] else least
            if max(least, most or 0) > MOST_REPEATS or (most is not None and most < least):
                raise PatternError("it repeats too often")
            self._place = found.end()
        elif sign in ("*", "+", "?"):
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
            self._place += 1
        else:
            return 1, 1
        # Greedy or not is the same to who asks about the whole text.
        if self._peek() == "?":
            self._place += 1
        elif self._peek() in ("*", "+"):
            raise PatternError("it repeats a repetition")
        return least, most

    def _read_one(self) -> _Piece:
        sign = self._peek()
        if sign == "(":
            return self._read_group()
        if sign in ("*", "+", "?"):
            raise PatternError("it repeats nothing")
        if sign in ("^", "$"):
            self._place += 1
            state = self._make(anchor=sign)
            return _Piece(state, state)
        return self._make_passing(self._read_test(sign))

    def _make_passing(self, test: Test) -> _Piece:
        start, end = self._make(test), self._make()
        start.ways.append(end)
        return _Piece(start, end)

    def _read_group(self) -> _Piece:
        self._place += 1
        if self._peek() == "?":
            named = _GROUP.match(self._source, self._place)
            if named is None:
                raise PatternError("it looks around")
            self._place = named.end()
        piece = self._read_choice()
        if self._peek() != ")":
            raise PatternError("a bracket is not closed")
        self._place += 1
        return piece

    def _read_test(self, sign: str) -> Test:
        """Read one sign, escape or class, and let the library say what it means."""
        if sign == "[":
            end = self._find_class_end()
        elif sign == "\\":
            end = self._place + 2
            if self._source[self._place + 1 : end] in ("", *"123456789AbBZzGkKRXpP"):
                raise PatternError("it is not known here")
        else:
            end = self._place + 1
        source = self._source[self._place : end]
        self._place = end
        if sign == "{":
            source = re.escape(source)
        return _make_test(source)

    def _find_class_end(self) -> int:
        place = self._place + 1
        if self._source[place : place + 1] == "^":
            place += 1
        if self._source[place : place + 1] == "]":
            place += 1
        while place < len(self._source) and self._source[place] != "]":
            place += 2 if self._source[place] == "\\" else 1
        if place >= len(self._source):
            raise PatternError("a class is not closed")
        return place + 1


def _make_test(source: str) -> Test:
    try:
        with warnings.catch_warnings():
            # Strange but valid classes are the caller's own business.
            warnings.simplefilter("ignore")
            compiled = re.compile(source, re.IGNORECASE)
    except (re.error, OverflowError) as error:
        raise PatternError(str(error)) from None
    return lambda sign: compiled.fullmatch(sign) is not None
