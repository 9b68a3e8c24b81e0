"""The two lock files hold everything that is asked for, agree with each other, and can be trusted."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from tests.house.tree import PACKAGE, ROOT, SANDBOX, imported, named, python_files

OURS = {"waypost", "waypost-sandbox"}
COMES_WITH = {"yarl": "aiohttp", "multidict": "aiohttp", "pydantic-core": "pydantic"}
COMES_WITH |= {"starlette": "fastapi", "django": "django-anymail"}
"""The other half of a distribution we ask for."""
NOT_PACKAGES = {"tests", "tools", "sandbox", "bench", "demo", "proofs", "truto_python_sdk"}
"""Folders of ours, and a client that is fetched into an environment of its own."""
LOADED_BY_NAME = {
    "aiosqlite": "SQLAlchemy, for the plain proxy of the benchmark",
    "asyncpg": "SQLAlchemy, by the database's URL",
    "httptools": "uvicorn, by its http setting",
    "uvloop": "uvicorn, by its loop setting",
}
"""Used without an import of ours."""


def name_of(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def pins(kind: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{kind}.lock").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))


def asked_for(folder: Path) -> tuple[set[str], set[str]]:
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    group = project.get("dependency-groups", {}).get("dev", [])
    return {name_of(r) for r in project["project"]["dependencies"]}, {name_of(r) for r in group}


def test_locks_hold_what_is_asked_for() -> None:
    runtime, dev = asked_for(ROOT)
    runtime |= asked_for(ROOT / "sandbox")[0] | {"hatchling", "uv"}
    assert runtime - OURS <= pins("runtime").keys(), "run ./dev lock"
    assert runtime | dev <= pins("dev").keys() | OURS, "run ./dev lock"


def test_locks_agree() -> None:
    dev = pins("dev")
    assert {name: dev.get(name) for name in pins("runtime")} == pins("runtime"), "run ./dev lock"


def test_every_pin_has_hashes_and_no_index_is_named() -> None:
    for kind in ("runtime", "dev"):
        text = (ROOT / "requirements" / f"{kind}.lock").read_text()
        entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert entries
        bare = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
        assert not bare, f"without hashes: {bare}"
        assert "://" not in text, "a lock names packages, not places"


def third_party(package: Path) -> dict[str, tuple[set[str], str]]:
    """Return for each outside name a package imports who provides it, and one file that does so."""
    providers = packages_distributions()
    found: dict[str, tuple[set[str], str]] = {}
    ours = {PACKAGE.name, SANDBOX.name} | set(sys.stdlib_module_names)
    for file in python_files(package):
        for name in {each.split(".")[0] for each in imported(file)} - ours:
            provided_by = {name_of(distribution) for distribution in providers.get(name, [])}
            found.setdefault(name, (provided_by, named(file)))
    return found


@pytest.mark.parametrize(("project", "package"), [(ROOT, PACKAGE), (ROOT / "sandbox", SANDBOX)])
def test_what_a_package_imports_it_asks_for(project: Path, package: Path) -> None:
    runtime, _ = asked_for(project)
    known = runtime | OURS | {other for other, ours in COMES_WITH.items() if ours in runtime}
    missing = {
        name: file
        for name, (provided_by, file) in third_party(package).items()
        if not provided_by & known
    }
    assert not missing, f"put these into {project.name}/pyproject.toml, then ./dev lock: {missing}"


def test_what_the_tests_import_is_asked_for() -> None:
    runtime, dev = asked_for(ROOT)
    known = runtime | dev | asked_for(ROOT / "sandbox")[0] | COMES_WITH.keys() | OURS
    missing = {
        name: file
        for folder in ("tests", "sandbox/tests", "tools", "bench", "demo", "proofs")
        for name, (provided_by, file) in third_party(ROOT / folder).items()
        if name not in NOT_PACKAGES and not provided_by & known
    }
    assert not missing, (
        f"put these into the dev group of pyproject.toml, then ./dev lock: {missing}"
    )


@pytest.mark.parametrize(("project", "package"), [(ROOT, PACKAGE), (ROOT / "sandbox", SANDBOX)])
def test_what_a_package_asks_for_it_uses(project: Path, package: Path) -> None:
    runtime, _ = asked_for(project)
    used = set().union(*(provided_by for provided_by, _ in third_party(package).values()))
    unused = runtime - used - LOADED_BY_NAME.keys() - OURS
    assert not unused, f"take these out of {project.name}/pyproject.toml, then ./dev lock: {unused}"
