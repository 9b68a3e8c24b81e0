"""Read YAML as JSON would be read: no coercion, no anchors, no duplicate keys, every place kept."""

import math
import re
import sys
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from waypost.engine.manifest.places import Path, YamlText
from waypost.engine.manifest.problem import Place, Problem, refusal

MAX_BYTES = 1_048_576
MAX_DEPTH = 48
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
# Eighteen digits at most: longer runs of digits are somebody's identifier and stay text.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
# Line breaks to YAML 1.1 and to nobody else, and a byte order mark that is not at the beginning.
_UNSEEN = re.compile("[\u0085\u2028\u2029\ufeff]")


class _Nowhere(dict[Path, Place]):
    """Keeps no places: what is asked for stands somewhere in the file."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._somewhere = Place(file)

    def __setitem__(self, path: Path, place: Place) -> None: ...

    def __missing__(self, path: Path) -> Place:
        return self._somewhere


class _Unreadable(Exception):
    """Reading cannot go on; the problem is already noted."""


def read_yaml(text: str | bytes, file: str) -> YamlText:
    """Return one document's data and places.

    Plain `true`, `false`, `null`, `~`, nothing, decimal integers and floats have their JSON
    meaning; every other plain scalar is text, and so is every key. Raises `ManifestError`
    listing all problems found.
    """
    problems: list[Problem] = []
    found = parse_yaml(text, file, problems)
    if problems or found is None:
        raise refusal(problems)
    return found


def parse_yaml(
    text: str | bytes, file: str, problems: list[Problem], *, placed: bool = True
) -> YamlText | None:
    """Read like `read_yaml`, adding to `problems` instead of raising; None when unreadable.

    Without `placed` no place is kept, and some problems know their file only.
    """
    try:
        return _Reader(file, problems, placed=placed).read(text)
    except _Unreadable:
        return None


class _Reader:
    """One pass over the parser's events."""

    def __init__(self, file: str, problems: list[Problem], *, placed: bool) -> None:
        self._file = file
        self._problems = problems
        self._found = YamlText(None) if placed else YamlText(None, _Nowhere(file), _Nowhere(file))
        self._events: Iterator[Event] = iter(())

    def read(self, text: str | bytes) -> YamlText:
        self._events = self._parse(self._decode(text))
        event = next(self._events, None)
        while isinstance(event, StreamStartEvent | DocumentStartEvent):
            event = next(self._events, None)
        if event is None or isinstance(event, StreamEndEvent):
            raise self._stop(Place(self._file), "this file is empty")
        data = self._value(event, ())
        for rest in self._events:
            if isinstance(rest, DocumentStartEvent):
                raise self._stop(self._at(rest), "only one document may be in a file")
        return YamlText(data, self._found.places, self._found.key_places)

    def _decode(self, text: str | bytes) -> str:
        size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "replace"))
        if size > MAX_BYTES:
            raise self._stop(
                Place(self._file), f"this file has {size} bytes; at most {MAX_BYTES} are read"
            )
        if isinstance(text, bytes):
            try:
                text = text.decode("utf-8")
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                raise self._stop(Place(self._file, line), "this file is not UTF-8") from None
        text = text.removeprefix("\ufeff")
        if found := _UNSEEN.search(text):
            line = text.count("\n", 0, found.start()) + 1
            column = found.start() - text.rfind("\n", 0, found.start())
            place = Place(self._file, line, column)
            character = f"\\u{ord(found[0]):04x}"
            raise self._stop(place, f"an invisible character; write it as {character}")
        return text

    def _parse(self, text: str) -> Iterator[Event]:
        try:
            yield from yaml.parse(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file)
            raise self._stop(place, f"not YAML: {error.problem or error.context}") from None
        except yaml.YAMLError as error:
            reason = str(error).splitlines()[0]
            raise self._stop(Place(self._file), f"not YAML: {reason}") from None

    def _value(self, event: Event, path: Path) -> Any:
        place = self._at(event)
        self._found.places[path] = place
        if isinstance(event, AliasEvent):
            self._note(place, f"aliases are not allowed; write the value of '*{event.anchor}' out")
            return None
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._note(place, f"anchors are not allowed; remove '&{event.anchor}'")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self._note(place, f"tags are not allowed; remove '{event.tag}'")
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if len(path) >= MAX_DEPTH:
            raise self._stop(place, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        return self._list(path)

    def _list(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            place = self._at(event)
            key = self._key(event, place)
            inner = (*path, key)
            if key in items:
                first = self._found.key_places[inner]
                self._note(place, f"the key '{key}' is already on line {first.line}")
                self._value(next(self._events), (*path, f"{key} (again)"))
                continue
            self._found.key_places[inner] = place
            items[key] = self._value(next(self._events), inner)
        return items

    def _key(self, event: Event, place: Place) -> str:
        if not isinstance(event, ScalarEvent):
            raise self._stop(place, "a key must be a plain text")
        if event.anchor is not None:
            self._note(place, f"anchors are not allowed; remove '&{event.anchor}'")
        if event.tag is not None:
            self._note(place, f"tags are not allowed; remove '{event.tag}'")
        if event.value == "<<" and event.implicit[0]:
            self._note(place, "merge keys are not allowed; write the keys out")
        return sys.intern(event.value)  # one text for all the `type` of a catalogue

    def _at(self, event: Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file)

    def _note(self, place: Place, text: str) -> None:
        self._problems.append(Problem(place, text))

    def _stop(self, place: Place, text: str) -> _Unreadable:
        self._note(place, text)
        return _Unreadable(text)


def _scalar(event: ScalarEvent) -> Any:
    text = str(event.value)
    if not event.implicit[0]:  # quoted, or a block: always text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
