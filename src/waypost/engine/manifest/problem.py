"""What is wrong and where, collected until everything has been read."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from waypost.base.errors import ManifestError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, at one place."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def refusal(problems: Sequence[Problem]) -> ManifestError:
    """Return one error that lists every problem in reading order; `where` is the first's place."""
    first, *others = sorted(set(problems))
    return ManifestError(
        "\n".join([first.text, *(str(problem) for problem in others)]), where=str(first.place)
    )


def nearest(word: str, known: Sequence[str], *, called: str = "known keys") -> str:
    """Return the tail of a sentence that leads from a wrong word to the right one."""
    by_lower = {one.lower(): one for one in known}
    match = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if match:
        return f"; did you mean '{by_lower[match[0]]}'?"
    return f"; {called}: {', '.join(known)}" if known else ""
