"""What may be imported or called in few places only. The floors themselves are .importlinter's."""

import ast
from pathlib import Path

from tests.house.exceptions import SPEAKS_SQL, unneeded
from tests.house.tree import PACKAGE, ROOT, imports_any, named, python_files, syntax

WEB = ("fastapi", "starlette", "uvicorn")
HTTP_OF_OUR_OWN = PACKAGE / "adapters" / "fast_http"
"""Extends the server's protocol, which is a driver there; a web framework it knows as little as all."""
HOOKS_MAY_IMPORT = {"base64", "datetime", "decimal", "email", "hashlib", "hmac", "json", "re"}
HOOKS_MAY_IMPORT |= {"math", "typing", "urllib.parse", "waypost.engine.hooks"}


def test_web_framework_only_in_routes_and_entrypoints() -> None:
    found = [
        named(file)
        for file in python_files(PACKAGE)
        if imports_any(file, *(WEB[:-1] if HTTP_OF_OUR_OWN in file.parents else WEB))
        and not (PACKAGE / "features" in file.parents and file.name == "routes.py")
        and PACKAGE / "entrypoints" not in file.parents
    ]
    assert not found, f"HTTP belongs to the feature's routes.py or to entrypoints/http: {found}"


def speaks_sql(file: Path) -> bool:
    return bool(imports_any(file, "sqlalchemy", "alembic"))


def test_sql_only_beside_its_room() -> None:
    names = ("connection", "database", "listing", "rows")
    doors = {f"src/waypost/base/{name}.py" for name in names}
    speakers = {
        named(file)
        for file in python_files(PACKAGE)
        if speaks_sql(file)
        and file.name != "store.py"
        and not {PACKAGE / "schema", PACKAGE / "adapters"} & set(file.parents)
    } - doors
    wanted = speakers - SPEAKS_SQL.keys()
    assert not wanted, f"SQL goes into the room's store.py: {sorted(wanted)}"
    assert not unneeded(SPEAKS_SQL, speakers), "delete these entries of exceptions.py"


def opened_transactions(tree: ast.Module) -> list[str]:
    opened = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        makes_engine = name in {"create_engine", "create_async_engine"}
        # SQLAlchemy's begin takes nothing; a begin of our own names what begins.
        begins = name in {"begin", "begin_nested"} and not node.args and not node.keywords
        if makes_engine or begins:
            opened.append(f"line {node.lineno}: {name}")
    return opened


def test_transactions_are_opened_by_base_database_only() -> None:
    found = {
        named(file): opened
        for file in python_files(PACKAGE)
        if file != PACKAGE / "base" / "database.py"
        and PACKAGE / "schema" not in file.parents
        # DBOS's threads have connections of their own.
        and PACKAGE / "adapters" / "dbos_jobs" not in file.parents
        and (opened := opened_transactions(syntax(file)))
    }
    assert not found, f"use `async with database.read()` or `.write()`: {found}"


def test_the_search_for_transactions_finds_one() -> None:
    tree = ast.parse("async def f(e):\n    async with e.begin() as c:\n        pass\n")
    assert opened_transactions(tree) == ["line 2: begin"]


def imported_modules(tree: ast.Module) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules


def test_the_catalog_is_data() -> None:
    found = [named(f) for f in python_files(PACKAGE / "catalog") if f.name != "hooks.py"]
    assert not found, f"the catalog holds no Python but hooks.py: {found}"
    for hooks in python_files(PACKAGE / "catalog"):
        roots = imported_modules(syntax(hooks))
        assert roots <= HOOKS_MAY_IMPORT, f"{named(hooks)} may not import {roots}"
        assert len(hooks.read_text().splitlines()) <= 80, f"{named(hooks)} is past 80 lines"


def test_the_demo_speaks_http_only() -> None:
    found = [
        named(file)
        for file in python_files(ROOT / "demo")
        if imports_any(file, "waypost", "waypost_sandbox")
    ]
    assert not found, f"the demo does what any program outside could do, over HTTP: {found}"
