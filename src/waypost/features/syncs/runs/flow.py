"""What becomes of one batch: down the graph to destinations, spools, state, and requests to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from waypost.base.errors import ManifestError
from waypost.engine.expressions import compile_expression
from waypost.engine.placeholders import fill
from waypost.features.syncs.definitions.graph import Definition
from waypost.features.syncs.definitions.nodes import Computed, Destination, Node, Request, State
from waypost.features.syncs.runs.tasks import Carried, Parts, Task, looped


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one request, as they are after `node`; `path` is where expressions find them."""

    node: str
    path: Parts
    records: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch that a destination is to take; `to` is the webhook it names, if any."""

    destination: Destination
    batch: Batch
    to: str | None


@dataclass(frozen=True, slots=True)
class StateChange:
    """A cell of the state to be written, or deleted."""

    key: str
    value: Any = None
    is_gone: bool = False


@dataclass(slots=True)
class Outcome:
    """Everything that a batch leads to, in order."""

    deliveries: list[Delivery] = field(default_factory=list)
    spooled: list[tuple[str, Batch]] = field(default_factory=list)
    states: list[StateChange] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)


def path_of(request: Request) -> Parts:
    """Return where expressions find a request's records."""
    return ("resources", *request.resource.split("/"))


def flow(
    definition: Definition, batch: Batch, carried: Carried, base: Mapping[str, Any]
) -> Outcome:
    """Return what becomes of a batch, by pure computation; raises ManifestError, InvalidRequest."""
    walk = _Walk(definition, base, Outcome())
    walk.records(batch, carried)
    return walk.outcome


def onward(definition: Definition, name: str, carried: Carried, base: Mapping[str, Any]) -> Outcome:
    """Return what follows a node that has no records: a moment of the run, a state that was read."""
    walk = _Walk(definition, base, Outcome())
    for child in definition.children.get(name, ()):
        walk.enter(child, None, carried)
    return walk.outcome


def holds(node: Node, scope: Mapping[str, Any]) -> bool:
    """Say whether a node's run_if is fulfilled: anything but null, false, 0, '' and []."""
    if node.run_if is None:
        return True
    return bool(compile_expression(node.run_if, where=f"{node.name}.run_if").evaluate(scope))


@dataclass(slots=True)
class _Walk:
    definition: Definition
    base: Mapping[str, Any]
    outcome: Outcome

    def records(self, batch: Batch, carried: Carried) -> None:
        """Hand a node's records to who takes them, and on."""
        if not batch.records:
            return
        listed = list(batch.records)
        here = carried.place(batch.path, listed)
        if not isinstance(self.definition.by_name[batch.node], Request):
            here = here.place(("resources", batch.node), listed)
        for destination in self.definition.takers.get(batch.node, ()):
            self._deliver(destination, batch, here)
        for child in self.definition.children.get(batch.node, ()):
            self.enter(child, batch, here)

    def enter(self, node: Node, batch: Batch | None, carried: Carried) -> None:
        """Do what one node does with a batch; without one it follows what has no records."""
        if node.type in ("request", "get_state"):
            # Its run_if is asked when its turn comes.
            self.outcome.tasks += looped(node, carried, self.base)
            return
        scope = carried.over(self.base)
        if not holds(node, scope):
            return
        if node.type == "spool" and batch is not None:
            self.outcome.spooled.append((node.name, batch))
        elif isinstance(node, State):
            self.outcome.states += state_changes(node, scope)
            self._on(node, batch, carried)
        elif isinstance(node, Computed):
            self._compute(node, batch, carried, scope)

    def _compute(
        self, node: Computed, batch: Batch | None, carried: Carried, scope: Mapping[str, Any]
    ) -> None:
        where = f"{node.name}.config.expression"
        value = compile_expression(node.config.expression, where=where).evaluate(scope)
        if node.type == "add_context":
            if value is not None and not isinstance(value, dict):
                raise ManifestError("The expression must give an object.", where=where)
            self._on(node, batch, carried.add(value or {}))
            return
        made = value if isinstance(value, list) else [] if value is None else [value]
        path = batch.path if batch is not None else ("resources", node.name)
        self.records(Batch(node.name, path, tuple(made)), carried)

    def _on(self, node: Node, batch: Batch | None, carried: Carried) -> None:
        for child in self.definition.children.get(node.name, ()):
            self.enter(child, batch, carried)

    def _deliver(self, destination: Destination, batch: Batch, carried: Carried) -> None:
        payload = {"payload": {"records": list(batch.records)}}
        scope = {**carried.over(self.base), **payload}
        if holds(destination, scope):
            to = fill(destination.config.id, scope) if destination.config.id else None
            self.outcome.deliveries.append(Delivery(destination, batch, to))


def state_changes(node: State, scope: Mapping[str, Any]) -> Sequence[StateChange]:
    """Return what a state node writes; an expression that gives nothing writes nothing."""
    if node.type == "delete_state":
        return [StateChange(node.config.key, is_gone=True)]
    if node.config.value_expression is None:
        return [StateChange(node.config.key, fill(node.config.value, scope))]
    where = f"{node.name}.config.value_expression"
    value = compile_expression(node.config.value_expression, where=where).evaluate(scope)
    return [] if value is None else [StateChange(node.config.key, value)]


__all__ = [
    "Batch",
    "Delivery",
    "Outcome",
    "StateChange",
    "flow",
    "holds",
    "onward",
    "path_of",
    "state_changes",
]
