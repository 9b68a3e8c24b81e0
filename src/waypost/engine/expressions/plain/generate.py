"""Turn a tree into Python code, statement by statement."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from waypost.engine.expressions.plain import tree
from waypost.engine.expressions.plain.calls import BUILT_IN, one_pass, replacement
from waypost.engine.expressions.plain.code import Code, Run
from waypost.engine.expressions.plain.tree import Node, NotPlain

SHORT = 72
"""Characters of a text whose place in the result is paid for before anything begins."""
MOST_NODES = 5_000
"""Nodes that are written, those of a function at every call of it."""
_ORDERS = frozenset({"<", ">", "<=", ">="})
_SETTLED = "{0} if len({0}) > 1 else {0}[0] if {0} else ABSENT"
"""What a sequence is: nothing, its one item, or a list."""
_SLOT = 6 * SHORT + 4
_ITEM = "item"


@dataclass(frozen=True, slots=True)
class Value:
    """A name in the code and what is known of its value.

    `kind` is text, bool, number, list, object or any. `may_lack` says that it may be absent,
    `is_paid` that it may go into the result without being looked at again, `is_shared` that it is
    the same for every item.
    """

    code: str
    kind: str = "any"
    may_lack: bool = True
    is_paid: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class _Closure:
    """A function with the names and the item it sees; calling it puts its body in place."""

    function: tree.Lambda
    names: "Names"
    here: Value | None


Names = dict[str, Value | _Closure]
_ABSENT = Value("ABSENT", is_paid=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """Generated code with what it costs for each record: steps, and bytes of the result."""

    run: Run
    steps: int
    size: int


def generate(root: Node, varied: str | None) -> Plan:
    """Return the code of a tree, in which the root's field `varied` is another for each item.

    Raises NotPlain.
    """
    writer = _Writer(varied)
    result = writer.value(root, {}, None, placed=True)
    head = [f" {line}" for line in writer.code.before]
    head += [" found = []", f" for {_ITEM} in items:"]
    if writer.reads_item:
        head.append(f"  get = {_ITEM}.get if type({_ITEM}) is dict else w.getter({_ITEM})")
    tail = [f"  found.append(None if {result.code} is ABSENT else {result.code})", " return found"]
    return Plan(writer.code.built(head, tail), len(writer.code.lines) + 2, writer.size + _SLOT)


class _Writer:
    """Write code for nodes; `here` is the item that a filter or an object step looks at."""

    def __init__(self, varied: str | None) -> None:
        self.code = Code()
        self.size = 0
        self.reads_item = False
        self._nodes = 0
        self._varied = varied
        # What is known of the kind of some names here, and what would be known if a test held.
        self._narrowed: dict[str, str] = {}
        self._types: dict[str, dict[str, str]] = {}
        self._by_node: dict[type, Callable[..., Value]] = {
            tree.Literal: self._literal,
            tree.Variable: self._variable,
            tree.Path: self._path,
            tree.Filtered: self._filtered,
            tree.Binary: self._binary,
            tree.Condition: self._condition,
            tree.Array: self._array,
            tree.Object: self._object,
            tree.Block: self._block,
            tree.Call: self._call,
        }

    def value(self, node: Node, names: Names, here: Value | None, *, placed: bool) -> Value:
        """Write what computes a node; `placed` when its value goes into the result from here."""
        write = self._by_node.get(type(node))
        self._nodes += 1
        if write is None or self._nodes > MOST_NODES:
            raise NotPlain
        return write(node, names, here, placed)

    def _plain(self, node: Node, names: Names, here: Value | None) -> Value:
        return self.value(node, names, here, placed=False)

    def _placed(self, value: Value, placed: bool) -> Value:
        """Have a value paid for that goes into the result as it is."""
        code = value.code
        kind = self._narrowed.get(code, value.kind)
        if not placed or value.is_paid or kind in ("bool", "number"):
            return value
        is_short = f"type({code}) is str and len({code}) <= {SHORT}"
        paid = self.code.keep(f"{code} if {is_short} else w.out({code})")
        return replace(value, code=paid, is_paid=True)

    def _literal(self, node: tree.Literal, _: Names, __: Value | None, placed: bool) -> Value:
        kinds = {str: "text", bool: "bool", int: "number"}
        code, kind = self.code.constant(node.value), kinds.get(type(node.value), "any")
        is_short = not isinstance(node.value, str) or len(node.value) <= SHORT
        return self._placed(Value(code, kind, may_lack=False, is_paid=is_short), placed)

    def _variable(
        self, node: tree.Variable, names: Names, here: Value | None, placed: bool
    ) -> Value:
        found = names.get(node.name) if node.name else here
        if not isinstance(found, Value):
            raise NotPlain
        return self._placed(found, placed)

    def _block(self, node: tree.Block, names: Names, here: Value | None, placed: bool) -> Value:
        inner, value = dict(names), _ABSENT
        for number, statement in enumerate(node.statements, start=1):
            is_last = number == len(node.statements)
            if not isinstance(statement, tree.Bind):
                value = self.value(statement, inner, here, placed=placed and is_last)
                continue
            # A function made before would see the later value of that name.
            if statement.name in inner or statement.name in BUILT_IN:
                raise NotPlain
            if isinstance(statement.value, tree.Lambda):
                if is_last:
                    raise NotPlain
                inner[statement.name] = _Closure(statement.value, dict(inner), here)
            else:
                value = inner[statement.name] = self._plain(statement.value, inner, here)
                value = self._placed(value, placed and is_last)
        return value

    def _condition(
        self, node: tree.Condition, names: Names, here: Value | None, placed: bool
    ) -> Value:
        tested = self._plain(node.test, names, here)
        if placed and node.other is None and tested.kind == "any" and _are_same(node):
            return self._if_true(tested)
        test = self._truth(tested)
        result = self.code.name()
        with self.code.under(f"if {test}:"):
            before, self._narrowed = self._narrowed, {**self._narrowed, **self._types.get(test, {})}
            then = self.value(node.then, names, here, placed=placed)
            self._narrowed = before
            self.code.add(f"{result} = {then.code}")
        with self.code.under("else:"):
            other = _ABSENT
            if node.other is not None:
                other = self.value(node.other, names, here, placed=placed)
            self.code.add(f"{result} = {other.code}")
        kind = then.kind if other is _ABSENT or then.kind == other.kind else "any"
        return Value(
            result, kind, then.may_lack or other.may_lack, is_paid=then.is_paid and other.is_paid
        )

    def _if_true(self, value: Value) -> Value:
        """Write `x ? x` into the result, the usual field that may be empty."""
        code = value.code
        is_usual = f"type({code}) is str and 0 < len({code}) <= {SHORT}"
        kept = self.code.keep(f"{code} if {is_usual} else w.if_true({code})")
        return Value(kept, is_paid=True)

    def _truth(self, value: Value) -> str:
        code = value.code
        if value.kind in ("text", "bool", "number"):
            return code
        return f"w.truth({code}) if type({code}) is list else {code}"

    def _binary(self, node: tree.Binary, names: Names, here: Value | None, placed: bool) -> Value:
        if node.operator == "&":
            return self._placed(self._joined(node, names, here), placed)
        asked = self._asked_kind(node, names, here)
        if asked is not None:
            return asked
        left = self._plain(node.left, names, here)
        if node.operator in ("and", "or"):
            return self._logical(node, left, names, here)
        right = self._plain(node.right, names, here)
        if node.operator in _ORDERS:
            return self._ordered(node.operator, left, right)
        if node.operator == "in":
            code = f"w.is_among({left.code}, {right.code})"
        else:
            code = self._compared(node, left, right)
        return Value(self.code.keep(code), "bool", may_lack=False)

    def _asked_kind(self, node: tree.Binary, names: Names, here: Value | None) -> Value | None:
        """Write `$type(x) = "boolean"`, the usual check of a field, without the detour by its name."""
        asks = isinstance(node.left, tree.Call) and node.left.name == "type"
        kinds = {tree.Literal("boolean"): "bool", tree.Literal("string"): "str"}
        if not asks or node.operator != "=" or node.right not in kinds or "type" in names:
            return None
        assert isinstance(node.left, tree.Call)
        if len(node.left.arguments) != 1:
            return None
        subject = self._plain(node.left.arguments[0], names, here)
        kind = kinds[node.right]
        test = self.code.keep(f"type({subject.code}) is {kind}")
        if kind == "bool":
            self._types[test] = {subject.code: kind}
        return Value(test, "bool", may_lack=False)

    def _logical(self, node: tree.Binary, left: Value, names: Names, here: Value | None) -> Value:
        """Write `and` and `or`, whose right side counts only when the left leaves it open."""
        result = self.code.fresh(f"True if {self._truth(left)} else False")
        head = f"if {result}:" if node.operator == "and" else f"if not {result}:"
        with self.code.under(head):
            right = self._plain(node.right, names, here)
            self.code.add(f"{result} = True if {self._truth(right)} else False")
        return Value(result, "bool", may_lack=False)

    def _compared(self, node: tree.Binary, left: Value, right: Value) -> str:
        literal = node.right if isinstance(node.right, tree.Literal) else node.left
        other = left if literal is node.right else right
        is_same = node.operator == "="
        if not isinstance(literal, tree.Literal) or type(literal.value) is int:
            return f"{'equal' if is_same else 'unequal'}({left.code}, {right.code})"
        constant = self.code.constant(literal.value)
        by_identity = not isinstance(literal.value, str)
        if is_same:
            return f"{other.code} {'is' if by_identity else '=='} {constant}"
        differs = f"{other.code} {'is not' if by_identity else '!='} {constant}"
        return f"{differs} and {other.code} is not ABSENT" if other.may_lack else differs

    def _ordered(self, operator: str, left: Value, right: Value) -> Value:
        code = f"{left.code} {operator} {right.code}"
        if left.kind == right.kind == "number" and not left.may_lack and not right.may_lack:
            return Value(self.code.keep(code), "bool", may_lack=False)
        code = f"({code}) if comparable({left.code}, {right.code}) else ABSENT"
        return Value(self.code.keep(code), "bool", left.may_lack or right.may_lack)

    def _joined(self, node: tree.Binary, names: Names, here: Value | None) -> Value:
        parts = []
        for each in _operands(node):
            part = self._plain(each, names, here)
            if part.kind == "text" and not part.may_lack:
                parts.append(part.code)
            else:
                parts.append(self.code.keep(f"w.joint({part.code})"))
        joined = self.code.keep('f"' + "".join(f"{{{part}}}" for part in parts) + '"')
        self.code.add(f"w.text({joined})")
        return Value(joined, "text", may_lack=False)

    def _array(self, node: tree.Array, names: Names, here: Value | None, placed: bool) -> Value:
        if placed and len(node.items) == 1 and _is_found(node.items[0]):
            found = self._plain(node.items[0], names, here)
            self.size += _SLOT
            listed = self.code.fresh(f"w.listed({found.code})")
            return Value(listed, "list", may_lack=False, is_paid=True)
        result = self.code.fresh("[]")
        for item in node.items:
            value = self.value(item, names, here, placed=placed)
            self.size += _SLOT if placed else 0
            code = value.code
            if _is_array(item) or value.kind in ("text", "bool", "number", "object"):
                unless = f"if {code} is not ABSENT: " if value.may_lack else ""
                self.code.add(f"{unless}{result}.append({code})")
                continue
            with self.code.under(f"if type({code}) is list:"):
                self.code.add(f"{result} += w.loop({code})")
            with self.code.under(f"elif {code} is not ABSENT:"):
                self.code.add(f"{result}.append({code})")
        return Value(result, "list", may_lack=False, is_paid=placed)

    def _object(self, node: tree.Object, names: Names, here: Value | None, placed: bool) -> Value:
        members = []
        for key, member in node.members:
            value = self.value(member, names, here, placed=placed)
            members.append((self.code.constant(key), value))
            self.size += 6 * len(key) + _SLOT if placed else 0
        display = ", ".join(f"{key}: {value.code}" for key, value in members)
        result = self.code.fresh(f"{{{display}}}")
        for key, value in members:
            if value.may_lack:
                self.code.add(f"if {value.code} is ABSENT: del {result}[{key}]")
        return Value(result, "object", may_lack=False, is_paid=placed)

    def _path(self, node: tree.Path, names: Names, here: Value | None, placed: bool) -> Value:
        first, *steps = node.steps
        value = self._first(first, names, here)
        for number, step in enumerate(steps, start=1):
            if isinstance(step.what, tree.Object):
                if number < len(steps) or step.filters:
                    raise NotPlain
                return self._each_object(value, step.what, names, placed)
            value = self._field(value, step)
            value = self._through(value, step.filters, names)
        return self._placed(value, placed)

    def _first(self, step: tree.Step, names: Names, here: Value | None) -> Value:
        if not isinstance(step.what, tree.Name):
            if isinstance(step.what, tree.Literal):
                raise NotPlain
            value = self._plain(step.what, names, here)
        elif here is not None:
            value = self._field(here, step)
        else:
            value = self._root(step.what.text)
        return self._through(value, step.filters, names)

    def _root(self, name: str) -> Value:
        if name == self._varied:
            return Value(_ITEM)
        get = f"scope.get({self.code.constant(name)}, ABSENT)"
        return Value(self.code.keep_before(get), is_shared=True)

    def _field(self, value: Value, step: tree.Step) -> Value:
        if isinstance(step.what, tree.Name):
            key = self.code.constant(step.what.text)
        elif isinstance(step.what, tree.Literal) and isinstance(step.what.value, str):
            key = self.code.constant(step.what.value)
        else:
            raise NotPlain
        code = value.code
        # A filter behind a name is meant for the field of each item: with one item it is the same.
        other = f"nothing({code})" if step.filters else f"w.field({code}, {key})"
        get = f"{code}.get({key}, ABSENT) if type({code}) is dict else {other}"
        if code == _ITEM and not step.filters:
            get, self.reads_item = f"get({key}, ABSENT)", True
        if value.is_shared:
            return Value(self.code.keep_before(get), is_shared=True)
        return Value(self.code.keep(get))

    def _filtered(
        self, node: tree.Filtered, names: Names, here: Value | None, placed: bool
    ) -> Value:
        if isinstance(node.what, tree.Array) and node.filters == (tree.Variable(""),):
            value = self._present(node.what, names, here)
        else:
            value = self._through(self._plain(node.what, names, here), node.filters, names)
        return self._placed(value, placed)

    def _present(self, node: tree.Array, names: Names, here: Value | None) -> Value:
        """Write `[a, b][$]`: those that count as true."""
        kept = self.code.fresh("[]")
        for item in node.items:
            if _is_array(item):
                raise NotPlain
            code = self._plain(item, names, here).code
            with self.code.under(f"if type({code}) is str:"):
                self.code.add(f"if {code}: {kept}.append({code})")
            self.code.add(f"else: w.sift({code}, {kept})")
        return Value(self.code.keep(_SETTLED.format(kept)))

    def _through(self, value: Value, filters: tuple[Node, ...], names: Names) -> Value:
        for predicate in filters:
            if isinstance(predicate, tree.Literal):
                if type(predicate.value) is not int:
                    raise NotPlain
                at = self.code.constant(predicate.value)
                value = Value(self.code.keep(f"item_at({value.code}, {at})"))
            else:
                value = self._sifted(value, predicate, names)
        return value

    def _sifted(self, value: Value, predicate: Node, names: Names) -> Value:
        kept, item = self.code.fresh("[]"), self.code.name()
        with self._items(value, item):
            verdict = self._plain(predicate, names, Value(item, may_lack=False))
            test = verdict.code if verdict.kind in ("bool", "text") else f"keeps({verdict.code})"
            self.code.add(f"if {test}: {kept}.append({item})")
        return Value(self.code.keep(_SETTLED.format(kept)))

    def _each_object(self, value: Value, node: tree.Object, names: Names, placed: bool) -> Value:
        made, item = self.code.fresh("[]"), self.code.name()
        with self._items(value, item):
            result = self._object(node, names, Value(item, may_lack=False), placed)
            self.code.add(f"{made}.append({result.code})")
        return Value(self.code.keep(_SETTLED.format(made)), is_paid=placed)

    def _items(self, value: Value, item: str) -> Any:
        return _Loop(self, value, item)

    def _call(self, node: tree.Call, names: Names, here: Value | None, placed: bool) -> Value:
        found = names.get(node.name)
        if isinstance(found, _Closure):
            return self._inlined(found, node, names, here, placed)
        if found is not None:
            raise NotPlain
        built_in = BUILT_IN.get(node.name)
        if built_in is None or len(node.arguments) not in built_in.arguments:
            raise NotPlain
        if node.name == "replace":
            return self._placed(self._replaced(node, names, here), placed)
        given = [self._plain(each, names, here) for each in node.arguments]
        code = built_in.called([each.code for each in given])
        finds = built_in.kind == "any"  # what is looked up may not be there
        lacks = finds or (not built_in.is_always and any(each.may_lack for each in given))
        value = Value(self.code.keep(code), built_in.kind, may_lack=lacks)
        return self._placed(value, placed)

    def _inlined(
        self,
        closure: _Closure,
        node: tree.Call,
        names: Names,
        here: Value | None,
        placed: bool,
    ) -> Value:
        parameters = closure.function.parameters
        if not BUILT_IN.keys().isdisjoint(parameters):
            raise NotPlain
        given = [self._plain(each, names, here) for each in node.arguments]
        given += [_ABSENT] * (len(parameters) - len(given))
        inner: Names = {**closure.names, **dict(zip(parameters, given, strict=False))}
        return self.value(closure.function.body, inner, closure.here, placed=placed)

    def _replaced(self, node: tree.Call, names: Names, here: Value | None) -> Value:
        subject, pattern, new = node.arguments
        if not isinstance(pattern, tree.Pattern) or not isinstance(new, tree.Literal):
            raise NotPlain
        value = self._plain(subject, names, here)
        compiled = self.code.thing(one_pass(pattern.source))
        constant = self.code.constant(replacement(new.value))
        code = self.code.keep(f"w.replace({value.code}, {compiled}, {constant})")
        return Value(code, "text", value.may_lack)


class _Loop:
    """A loop over what a value stands for, which pays for every turn what the body holds."""

    def __init__(self, writer: _Writer, value: Value, item: str) -> None:
        self._writer = writer
        self._value = value
        self._item = item

    def __enter__(self) -> None:
        writer, code = self._writer, self._writer.code
        value = self._value.code
        listed = code.keep(
            f"{value} if type({value}) is list else [] if {value} is ABSENT else [{value}]"
        )
        self._block = code.under(
            f"for {self._item} in w.loop({listed}, COST) if {listed} else {listed}:"
        )
        self._block.__enter__()
        self._at = len(code.lines) - 1
        self._size = writer.size
        code.add(f"if type({self._item}) is list: raise NotUsual")

    def __exit__(self, *error: object) -> None:
        code = self._writer.code
        self._block.__exit__(None, None, None)
        cost = len(code.lines) - self._at
        size = self._writer.size - self._size
        code.lines[self._at] = code.lines[self._at].replace("COST", f"{cost}, {size}")


def _is_array(node: Node) -> bool:
    """Say whether a node, as an item, is an array in an array; filtered or not."""
    return isinstance(node.what if isinstance(node, tree.Filtered) else node, tree.Array)


def _is_found(node: Node) -> bool:
    """Say whether a node is something of the data, rather than made here."""
    return isinstance(node, tree.Path | tree.Variable) or (
        isinstance(node, tree.Filtered) and _is_found(node.what)
    )


def _are_same(node: tree.Condition) -> bool:
    # By their spelling: in Python, 1 and true are equal.
    return repr(node.test) == repr(node.then)


def _operands(node: Node) -> Iterator[Node]:
    if isinstance(node, tree.Binary) and node.operator == "&":
        yield from _operands(node.left)
        yield from _operands(node.right)
    else:
        yield node
