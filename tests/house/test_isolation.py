"""Every lookup carries the environment: what a store reads or changes is one environment's."""

import ast
from collections.abc import Iterator

from tests.house.exceptions import ACROSS_ENVIRONMENTS, unneeded
from tests.house.tree import PACKAGE, named, python_files, syntax

Function = ast.FunctionDef | ast.AsyncFunctionDef


def names_in(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        for field in ("id", "attr", "arg"):
            name = getattr(part, field, None)
            if isinstance(name, str):
                yield name


def reached_names(function: Function, tree: ast.Module) -> set[str]:
    """Return the names a function uses, itself or in the private functions it calls."""
    own = set(names_in(function))
    private = (n for n in tree.body if isinstance(n, Function) and n.name.startswith("_"))
    return own.union(*(names_in(n) for n in private if n.name in own))


def functions(tree: ast.Module) -> list[Function]:
    """Return the public functions of a module that are handed a connection."""
    return [
        node
        for node in tree.body
        if isinstance(node, Function)
        and not node.name.startswith("_")
        and any(argument.arg == "connection" for argument in node.args.args)
    ]


def test_every_function_of_a_store_is_about_one_environment() -> None:
    across = {
        f"{named(file)}:{function.name}"
        for file in python_files(PACKAGE)
        if file.name == "store.py"
        for function in functions(syntax(file))
        if not function.name.startswith("add")  # a record carries its environment itself
        and "environment_id" not in reached_names(function, syntax(file))
    }
    wanted = across - ACROSS_ENVIRONMENTS.keys()
    assert not wanted, f"take environment_id and put it into the WHERE: {sorted(wanted)}"
    assert not unneeded(ACROSS_ENVIRONMENTS, across), "delete these entries of exceptions.py"


def test_the_search_sees_what_is_missing() -> None:
    tree = ast.parse(
        "async def get(connection, environment_id, id): ...\n"
        "async def listed(connection, query): return _where(query)\n"
        "async def find(connection, id): ...\n"
        "def _where(query): return query.environment_id\n"
    )
    found = {f.name: "environment_id" in reached_names(f, tree) for f in functions(tree)}
    assert found == {"get": True, "listed": True, "find": False}
