"""Every module has its tests where one looks for them, and every test file its module."""

from pathlib import Path

from tests.house.exceptions import WITHOUT_A_TEST_FILE, unneeded
from tests.house.tree import FLOORS, PACKAGE, ROOT, named, python_files


def modules() -> list[Path]:
    floors = [PACKAGE / floor for floor in FLOORS]
    return [file for file in python_files(*floors) if file.name != "__init__.py"]


def mirrored(module: Path) -> Path:
    inside = module.relative_to(PACKAGE)
    return ROOT / "tests" / inside.parent / f"test_{inside.stem.strip('_')}.py"


def test_every_module_has_its_test_file() -> None:
    missing = {named(module) for module in modules() if not mirrored(module).exists()}
    wanted = missing - WITHOUT_A_TEST_FILE.keys()
    assert not wanted, "write these tests, at the mirrored path:\n" + "\n".join(
        f"  {named(mirrored(ROOT / module))}" for module in sorted(wanted)
    )
    assert not unneeded(WITHOUT_A_TEST_FILE, missing), "delete these entries of exceptions.py"


def test_every_test_file_has_its_module() -> None:
    """`test_retry.py` and `test_retry_after.py` both belong to `retry.py`."""
    strays = []
    for file in python_files(*(ROOT / "tests" / floor for floor in FLOORS)):
        if not file.name.startswith("test_"):
            continue
        folder = PACKAGE / file.relative_to(ROOT / "tests").parent
        subject = file.stem.removeprefix("test_")
        owners = [path.stem.strip("_") for path in folder.glob("*.py")]
        if not any(subject == owner or subject.startswith(owner + "_") for owner in owners):
            strays.append(named(file))
    assert not strays, f"these test files mirror no module; move or rename them: {strays}"
