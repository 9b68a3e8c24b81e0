"""Read a definition: every node, what feeds what, and every fault with the path to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from waypost.base.errors import InvalidRequest, ManifestError
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.problem import nearest
from waypost.engine.placeholders import names
from waypost.features.syncs.definitions.nodes import (
    GIVES_RECORDS,
    HERE,
    KINDS,
    NEEDS_SOURCE,
    REFUSED,
    REFUSED_VALUES,
    WRITES,
    Computed,
    Destination,
    Event,
    Node,
    Request,
    State,
)
from waypost.kernel.wire import parse_body

MOST_NODES = 50
_MOST_TOLD = 20
_BY_ARGS = "args."


@dataclass(frozen=True, slots=True)
class Definition:
    """Nodes in the order they were written, and what each feeds."""

    nodes: tuple[Node, ...]
    children: Mapping[str, tuple[Node, ...]]
    takers: Mapping[str, tuple[Destination, ...]]
    by_name: Mapping[str, Node]

    def roots(self) -> tuple[Node, ...]:
        """Return the nodes that nothing feeds, but destinations."""
        return tuple(
            node
            for node in self.nodes
            if node.depends_on is None and not isinstance(node, Destination)
        )

    def below(self, name: str) -> Iterator[Node]:
        """Yield every node that a node feeds, near ones first."""
        for child in self.children.get(name, ()):
            yield child
            yield from self.below(child.name)

    def above(self, name: str) -> Iterator[Node]:
        """Yield the nodes that feed a node, the nearest first."""
        upper = self.by_name[name].depends_on
        while upper is not None:
            yield self.by_name[upper]
            upper = self.by_name[upper].depends_on

    def origin(self, name: str) -> Request | None:
        """Return the request that a node's records come from."""
        for node in (self.by_name[name], *self.above(name)):
            if isinstance(node, Request):
                return node
        return None


@dataclass(slots=True)
class _Faults:
    found: list[dict[str, str]] = field(default_factory=list)

    def add(self, place: str, message: str) -> None:
        self.found.append({"field": place, "message": message})

    def refuse(self) -> NoReturn:
        first = self.found[0]
        raise InvalidRequest(
            f"{first['field']}: {first['message']}",
            details={"failures": self.found[:_MOST_TOLD]},
        )


def read_definition(resources: Sequence[Any]) -> Definition:
    """Return a definition; raises InvalidRequest whose `details.failures` names every place."""
    faults = _Faults()
    if len(resources) > MOST_NODES:
        faults.add("resources", f"a sync job has at most {MOST_NODES} nodes")
        faults.refuse()
    read = [_node(f"resources[{place}]", given, faults) for place, given in enumerate(resources)]
    nodes = [node for node in read if node is not None]
    if faults.found:
        faults.refuse()
    _check_names(nodes, faults)
    if faults.found:
        faults.refuse()
    definition = _put_together(nodes)
    for place, node in enumerate(nodes):
        _check_node(f"resources[{place}]", node, definition, faults)
    if faults.found:
        faults.refuse()
    return definition


def again(resources: Sequence[Any]) -> Definition:
    """Return a definition that was checked when it was made; nothing is compiled."""
    read = [_node("resources", given, _Faults()) for given in resources]
    return _put_together([node for node in read if node is not None])


def placeholders(resources: Any) -> set[str]:
    """Return the names of arguments that a definition's texts fill in."""
    paths = (each.path for found in names(resources) for each in found.candidates)
    return {path[len(_BY_ARGS) :].partition(".")[0] for path in paths if path.startswith(_BY_ARGS)}


def _node(place: str, given: Any, faults: _Faults) -> Node | None:
    if not isinstance(given, Mapping):
        faults.add(place, "a node is an object")
        return None
    kind = given.get("type")
    if kind is None:
        faults.add(f"{place}.type", f"is missing; it is one of {', '.join(KINDS)}")
        return None
    if not isinstance(kind, str) or kind not in KINDS:
        hint = nearest(str(kind), list(KINDS), called="types")
        faults.add(f"{place}.type", f"'{str(kind)[:80]}' is no type of node{hint}")
        return None
    if _is_refused(place, kind, given, faults):
        return None
    try:
        return parse_body(given, KINDS[kind])
    except InvalidRequest as error:
        for each in error.details["failures"]:
            faults.add(f"{place}.{each['field']}", each["message"])
    return None


def _is_refused(place: str, kind: str, given: Mapping[str, Any], faults: _Faults) -> bool:
    before = len(faults.found)
    for name, value in given.items():
        if (kind, name) in REFUSED and value is not None:
            faults.add(f"{place}.{name}", REFUSED[kind, name])
        elif isinstance(value, str) and (name, value) in REFUSED_VALUES:
            faults.add(f"{place}.{name}", REFUSED_VALUES[name, value])
    method = given.get("method")
    if kind == "request" and isinstance(method, str) and method not in ("list", "get"):
        faults.add(f"{place}.method", WRITES.format(method=method[:80]))
    return len(faults.found) > before


def _check_names(nodes: list[Node], faults: _Faults) -> None:
    seen: dict[str, int] = {}
    for place, node in enumerate(nodes):
        if node.name in seen:
            message = f"'{node.name}' is the name of resources[{seen[node.name]}] already"
            faults.add(f"resources[{place}].name", message)
        seen.setdefault(node.name, place)
    uppers = {node.name: node.depends_on for node in nodes}
    for place, node in enumerate(nodes):
        if node.depends_on is None:
            continue
        where = f"resources[{place}].depends_on"
        if node.depends_on not in uppers:
            faults.add(where, f"there is no node '{node.depends_on[:80]}'" + _near(node, uppers))
        elif circle := _circle(node.name, uppers):
            faults.add(where, f"the nodes go round in a circle: {' → '.join(circle)}")


def _near(node: Node, uppers: Mapping[str, Any]) -> str:
    return nearest(str(node.depends_on), [n for n in uppers if n != node.name], called="nodes")


def _circle(name: str, uppers: Mapping[str, str | None]) -> list[str]:
    """Return the circle that a node is in, from it to it, or nothing."""
    way = [name]
    upper = uppers[name]
    while upper in uppers and upper is not None:
        way.append(upper)
        if upper == name:
            return way
        if len(way) > len(uppers):
            return []  # it leads into a circle that it is not in
        upper = uppers[upper]
    return []


def _put_together(nodes: list[Node]) -> Definition:
    children: dict[str, tuple[Node, ...]] = {}
    takers: dict[str, tuple[Destination, ...]] = {}
    for node in nodes:
        if node.depends_on is not None:
            children[node.depends_on] = (*children.get(node.depends_on, ()), node)
        if isinstance(node, Destination):
            for name in dict.fromkeys(node.resources_to_persist):
                takers[name] = (*takers.get(name, ()), node)
    return Definition(tuple(nodes), children, takers, {node.name: node for node in nodes})


def _check_node(place: str, node: Node, definition: Definition, faults: _Faults) -> None:
    if node.type in NEEDS_SOURCE and node.depends_on is None:
        faults.add(
            f"{place}.depends_on", f"is missing: a {node.type} works on what comes from above"
        )
    upper = definition.by_name.get(node.depends_on or "")
    if isinstance(upper, Destination):
        faults.add(
            f"{place}.depends_on", f"'{upper.name}' is a destination: nothing comes out of it"
        )
    for field_name, expression in _expressions(node):
        try:
            compile_expression(expression, where=None)
        except ManifestError as error:
            faults.add(f"{place}.{field_name}", error.message)
    if isinstance(node, Request):
        _check_request(place, node, definition, faults)
    if isinstance(node, Destination):
        _check_destination(place, node, definition, faults)
    if isinstance(node, Event) and node.depends_on is not None:
        faults.add(f"{place}.depends_on", "an event depends on nothing: it is a moment of the run")
    if isinstance(node, State):
        _check_state(place, node, faults)


def _expressions(node: Node) -> Iterator[tuple[str, str]]:
    if node.run_if is not None:
        yield "run_if", node.run_if
    if isinstance(node, Computed):
        yield "config.expression", node.config.expression
    if isinstance(node, State) and node.config.value_expression is not None:
        yield "config.value_expression", node.config.value_expression
    if isinstance(node, Request) and isinstance(node.query, str):
        yield "query", node.query


def _check_request(place: str, node: Request, definition: Definition, faults: _Faults) -> None:
    if node.loop_on is not None and node.depends_on is None and not node.loop_on.startswith("args"):
        faults.add(f"{place}.loop_on", "needs depends_on, or a list of the arguments (args.…)")
    if node.method == "get" and node.id is None:
        faults.add(f"{place}.id", "is missing: a get reads one record")
    if node.method == "list" and node.id is not None:
        faults.add(f"{place}.id", "a list has no id; use the method 'get'")
    if node.delete_tracking is None:
        return
    where = f"{place}.delete_tracking"
    is_part = isinstance(node.query, str) or bool(names(node.query))
    if node.method != "list" or node.loop_on is not None or is_part:
        faults.add(where, "needs a whole list, asked alike every time: no loop_on, no placeholders")
    if any(each.type in GIVES_RECORDS for each in definition.above(node.name)):
        faults.add(where, "needs a list that is read once in a run: nothing above may give records")


def _check_destination(
    place: str, node: Destination, definition: Definition, faults: _Faults
) -> None:
    if node.depends_on is not None:
        faults.add(f"{place}.depends_on", "a destination is fed by resources_to_persist")
    for at, name in enumerate(node.resources_to_persist):
        where = f"{place}.resources_to_persist[{at}]"
        found = definition.by_name.get(name)
        if found is None:
            hint = nearest(name, list(definition.by_name), called="nodes")
            faults.add(where, f"there is no node '{name[:80]}'{hint}")
        elif found.type not in GIVES_RECORDS:
            faults.add(where, f"'{name}' is of type {found.type}, which gives no records")
        elif node.only_changes and not any(
            each.destination_type == "datastore" for each in definition.takers[name]
        ):
            message = f"only_changes needs '{name}' in a destination of type 'datastore' too"
            faults.add(f"{place}.only_changes", message)
    if node.destination_type == "datastore" and node.config.id != HERE:
        faults.add(f"{place}.config.id", f"there is one datastore: '{HERE}', kept by this server")
    if node.destination_type == "datastore" and node.only_changes:
        faults.add(f"{place}.only_changes", "is for webhooks: a datastore keeps everything")


def _check_state(place: str, node: State, faults: _Faults) -> None:
    allowed = {"get_state": {"default"}, "update_state": {"value", "value_expression"}}
    for name in ("default", "value", "value_expression"):
        if node.config.has(name) and name not in allowed.get(node.type, ()):
            faults.add(f"{place}.config.{name}", f"a {node.type} has no {name}")
    if node.type == "update_state" and not {"value", "value_expression"} & set(node.config.given()):
        faults.add(f"{place}.config.value", "is missing, and so is value_expression")


__all__ = ["Definition", "again", "placeholders", "read_definition"]
