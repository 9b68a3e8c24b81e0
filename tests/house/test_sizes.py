"""Nothing grows past what one reads in a sitting. Complexity is ruff's part (C901)."""

import ast

from tests.house.exceptions import LONG_FILES, LONG_FUNCTIONS, unneeded
from tests.house.tree import PACKAGE, ROOT, named, python_files, syntax

FULL_FILE, FULL_FUNCTION = 500, 50
MIGRATIONS = PACKAGE / "schema" / "versions"  # long and flat by nature


def test_no_file_is_past_500_lines() -> None:
    lines = {named(file): len(file.read_text().splitlines()) for file in python_files(ROOT)}
    over = {name for name, count in lines.items() if count > FULL_FILE}
    assert not over - LONG_FILES.keys(), f"split these along a noun: {over - LONG_FILES.keys()}"
    assert not unneeded(LONG_FILES, over), "delete these entries of exceptions.py"


def test_no_function_is_past_50_lines() -> None:
    over = {
        f"{named(file)}:{node.name}"
        for file in python_files(ROOT)
        if MIGRATIONS not in file.parents
        for node in ast.walk(syntax(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FULL_FUNCTION
    }
    wanted = over - LONG_FUNCTIONS.keys()
    assert not wanted, f"name the steps of these functions: {sorted(wanted)}"
    assert not unneeded(LONG_FUNCTIONS, over), "delete these entries of exceptions.py"
