"""Where every value of a composed manifest was written."""

from dataclasses import dataclass, field
from typing import Any

from waypost.engine.manifest.problem import Place

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file down to a value."""


@dataclass(frozen=True, slots=True)
class YamlText:
    """Plain data, and for every path the place of its value and (in a mapping) of its key."""

    data: Any
    places: dict[Path, Place] = field(default_factory=dict)
    key_places: dict[Path, Place] = field(default_factory=dict)


@dataclass(slots=True)
class Places:
    """The places of values and keys by path; `file` is named when a path has no place."""

    file: str
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def graft(self, under: Path, text: YamlText, *, skip: int = 0) -> None:
        """Add a file's places below a path, dropping `skip` leading elements of its own paths."""
        for path, place in text.places.items():
            if len(path) >= skip:
                self.values.setdefault((*under, *path[skip:]), place)
        for path, place in text.key_places.items():
            if len(path) >= skip:
                self.keys.setdefault((*under, *path[skip:]), place)

    def value(self, path: Path) -> Place:
        """Return where the value at `path` begins, or where the nearest thing around it does."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return Place(self.file)

    def key(self, path: Path) -> Place:
        """Return where the key at the end of `path` is written, else where its value is."""
        return self.keys.get(path) or self.value(path)

    def at(self, *path: str | int) -> str:
        """Return the value's place as `file:line:column`."""
        return str(self.value(path))
