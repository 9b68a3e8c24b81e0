"""What a run has still to do: a stack of tasks, and what each hands to those below it. Plain JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from waypost.base.errors import ProviderGarbled
from waypost.features.syncs.definitions.graph import Definition
from waypost.features.syncs.definitions.nodes import Event, Node, Request, Spool

Act = Literal["node", "flush", "settle", "confirm"]
Parts = tuple[str, ...]
MOST_PAGES = 10_000
_MOST_REMEMBERED = 64
REPEATS = "The provider's list repeats itself: page {number} is the same as one before it."
ENDLESS = f"The provider's list has more than {MOST_PAGES} pages."


@dataclass(frozen=True, slots=True)
class Carried:
    """What a node finds from above: values put at paths (records, elements), and added context."""

    placed: tuple[tuple[Parts, Any], ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)

    def place(self, path: Parts, value: Any) -> "Carried":
        """Return it with a value at a path, in place of what was there and below it."""
        kept = tuple(each for each in self.placed if each[0][: len(path)] != path)
        return replace(self, placed=(*kept, (path, value)))

    def add(self, values: Mapping[str, Any]) -> "Carried":
        """Return it with more context."""
        return replace(self, context={**self.context, **values})

    def over(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """Return the scope of an expression: this over what every node of the run sees."""
        scope = {**base, **self.context}
        for path, value in self.placed:
            _put(scope, path, value)
        return scope


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `left` are the elements of a loop at `loop`; `page` is where a list goes on."""

    act: Act
    node: str
    carried: Carried = field(default_factory=Carried)
    loop: Parts | None = None
    left: tuple[Any, ...] = ()
    page: Any = None
    pages: int = 0
    seen: tuple[str, ...] = ()

    def current(self) -> Carried:
        """Return what the task finds now: in a loop, with its element in its place."""
        if self.loop is None:
            return self.carried
        return self.carried.place(self.loop, self.left[0])

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "act": self.act,
            "node": self.node,
            "placed": [[list(path), value] for path, value in self.carried.placed],
            "context": dict(self.carried.context),
            "loop": None if self.loop is None else list(self.loop),
            "left": list(self.left),
            "page": self.page,
            "pages": self.pages,
            "seen": list(self.seen),
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Task":
        """Read what `to_json` wrote."""
        placed = tuple((tuple(path), value) for path, value in given["placed"])
        return cls(
            given["act"],
            given["node"],
            Carried(placed, given["context"]),
            None if given["loop"] is None else tuple(given["loop"]),
            tuple(given["left"]),
            given["page"],
            given["pages"],
            tuple(given["seen"]),
        )


def first_tasks(definition: Definition) -> list[Task]:
    """Return what a run begins with; the last is done first.

    Events of the start, then every root in its order, each with its spools and, where its deletes
    are tracked, its settling behind it; and at last the events of a complete run.
    """
    begin: list[Task] = []
    work: list[Task] = []
    end: list[Task] = []
    for root in definition.roots():
        if isinstance(root, Event):
            moments = {"start": begin, "complete": end}.get(root.config.name)
            if moments is not None:
                moments += _with_rest(definition, root)
        else:
            work += _with_rest(definition, root)
    return [*begin, *work, *end][::-1]


def error_tasks(definition: Definition) -> list[Task]:
    """Return what a run does that fails; the last is done first."""
    wanted = [each for each in definition.roots() if isinstance(each, Event)]
    found = [_with_rest(definition, each) for each in wanted if each.config.name == "error"]
    return [task for tasks in found for task in tasks][::-1]


def _with_rest(definition: Definition, root: Node) -> list[Task]:
    below = list(definition.below(root.name))
    spools = [Task("flush", each.name) for each in below if isinstance(each, Spool)]
    settled = [
        Task("settle", each.name)
        for each in (root, *below)
        if isinstance(each, Request) and each.delete_tracking is not None
    ]
    return [Task("node", root.name), *spools, *settled]


def after_page(task: Task, digest: str | None, following: Any) -> list[Task]:
    """Return what is left of a task after a page: its next page, its next element, or nothing.

    `digest` tells the page from others, None for an empty one. Raises ProviderGarbled for a list
    that repeats itself or never ends.
    """
    if digest is not None and digest in task.seen:
        raise ProviderGarbled(REPEATS.format(number=task.pages + 1), status=200)
    if following is not None:
        if task.pages + 1 >= MOST_PAGES:
            raise ProviderGarbled(ENDLESS, status=200)
        seen = task.seen if digest is None else (*task.seen, digest)[-_MOST_REMEMBERED:]
        return [replace(task, page=following, pages=task.pages + 1, seen=seen)]
    return after_element(task)


def after_element(task: Task) -> list[Task]:
    """Return what is left of a task once one element of its loop is done with, or all there was."""
    if task.loop is None or len(task.left) < 2:
        return []
    return [replace(task, left=task.left[1:], page=None, pages=0, seen=())]


def looped(node: Node, carried: Carried, base: Mapping[str, Any]) -> list[Task]:
    """Return the task of a node below others: once, or once for each element of what it loops on."""
    if not isinstance(node, Request) or node.loop_on is None:
        return [Task("node", node.name, carried)]
    path = tuple(node.loop_on.removeprefix("{{").removesuffix("}}").strip().split("."))
    found = _get(carried.over(base), path)
    elements = found if isinstance(found, list) else [] if found is None else [found]
    if not elements:
        return []
    lean = replace(carried, placed=tuple(each for each in carried.placed if each[1] is not found))
    return [Task("node", node.name, lean.place(path, None), path, tuple(elements))]


def _get(scope: Any, path: Sequence[str]) -> Any:
    for part in path:
        scope = scope.get(part) if isinstance(scope, Mapping) else None
    return scope


def _put(scope: dict[str, Any], path: Parts, value: Any) -> None:
    """Put a value at a path; every object on the way is a copy, since others may hold it."""
    at = scope
    for part in path[:-1]:
        inside = at.get(part)
        at[part] = dict(inside) if isinstance(inside, Mapping) else {}
        at = at[part]
    at[path[-1]] = value


__all__ = [
    "Carried",
    "Task",
    "after_element",
    "after_page",
    "error_tasks",
    "first_tasks",
    "looped",
]
