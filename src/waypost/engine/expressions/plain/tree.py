"""The plain part of the language as a tree; whatever has no node here is the engine's."""

from dataclasses import dataclass
from typing import TypeAlias


class NotPlain(Exception):
    """The text goes beyond the plain part: leave it to the engine."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a whole number, true, false or null."""

    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, only as the second argument of `$replace`."""

    source: str


@dataclass(frozen=True, slots=True)
class Name:
    """A field, as a step of a path."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`; without a name what is being looked at."""

    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path with its filters."""

    what: "Node"
    filters: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """Steps joined by dots; a name alone is a path of one."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Filtered:
    """Filters on what is not a path."""

    what: "Node"
    filters: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """`& = != in and or`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Condition:
    """`test ? then : other`."""

    test: "Node"
    then: "Node"
    other: "Node | None"


@dataclass(frozen=True, slots=True)
class Array:
    """`[a, b]`."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Object:
    """`{"key": value}` with keys that are literal texts."""

    members: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Bind:
    """`$name := value`, as a statement of a block."""

    name: str
    value: "Node"


@dataclass(frozen=True, slots=True)
class Block:
    """`(a; b)`."""

    statements: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Lambda:
    """`function($a, $b) { body }`."""

    parameters: tuple[str, ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """`$name(a, b)`."""

    name: str
    arguments: tuple["Node", ...]


Node: TypeAlias = (
    Literal
    | Pattern
    | Name
    | Variable
    | Path
    | Filtered
    | Binary
    | Condition
    | Array
    | Object
    | Bind
    | Block
    | Lambda
    | Call
)

__all__ = [
    "Array",
    "Binary",
    "Bind",
    "Block",
    "Call",
    "Condition",
    "Filtered",
    "Lambda",
    "Literal",
    "Name",
    "Node",
    "NotPlain",
    "Object",
    "Path",
    "Pattern",
    "Step",
    "Variable",
]
