"""The wheels hold what the programs need at run time, and nothing of the workshop."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.house.tree import PACKAGE, ROOT, SANDBOX, committed


def build(project: Path, into: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = into.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(("project", "package"), [(ROOT, PACKAGE), (ROOT / "sandbox", SANDBOX)])
def test_wheel_holds_every_committed_file_of_its_package(
    project: Path, package: Path, tmp_path: Path
) -> None:
    inside = build(project, tmp_path)
    wanted = {
        file.relative_to(package.parent).as_posix()
        for file in committed()
        if package in file.parents
    }
    assert wanted <= inside, f"left out of the wheel: {sorted(wanted - inside)}"
    assert f"{package.name}/py.typed" in inside
    strangers = {n for n in inside if not n.startswith((f"{package.name}/", f"{package.name}-"))}
    assert not strangers, f"not of this package: {sorted(strangers)}"


def test_the_platforms_wheel_holds_its_licence(tmp_path: Path) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in build(ROOT, tmp_path))
