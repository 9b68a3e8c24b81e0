"""What the tests of the house look at: the committed files, the modules, and their syntax."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "waypost"
SANDBOX = ROOT / "sandbox" / "src" / "waypost_sandbox"
FLOORS = ("base", "engine", "kernel", "features", "adapters", "entrypoints")


@cache
def committed() -> tuple[Path, ...]:
    """Return every file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    files = (ROOT / name for name in dict.fromkeys(listed.split("\0")) if name)
    return tuple(sorted(file for file in files if file.is_file()))


def python_files(*folders: Path) -> Iterator[Path]:
    """Yield the committed Python files under the given folders, `dev` among those of the root."""
    for file in committed():
        is_python = file.suffix == ".py" or file == ROOT / "dev"
        if is_python and any(folder in file.parents for folder in folders):
            yield file


@cache
def syntax(file: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(file.read_text(), filename=str(file))


def imported(file: Path) -> set[str]:
    """Return the full names of the modules a file imports, wherever in the file it does so."""
    names: set[str] = set()
    for node in ast.walk(syntax(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def imports_any(file: Path, *packages: str) -> set[str]:
    """Return which of the packages a file imports, itself or anything inside it."""
    names = imported(file)
    return {p for p in packages if any(n == p or n.startswith(p + ".") for n in names)}


def named(file: Path) -> str:
    """Return a file's path as it is written in messages and lists."""
    return file.relative_to(ROOT).as_posix()
