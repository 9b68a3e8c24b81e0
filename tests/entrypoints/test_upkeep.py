"""What is told of a rotation, and that the schema is made."""

from pathlib import Path

import pytest

from waypost.base.declared import fields
from waypost.base.settings import Settings
from waypost.entrypoints.upkeep import migrate_database, rotate_keys, rotation_report
from waypost.kernel.vault import Rotated


@pytest.fixture(autouse=True)
def settings_of_a_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in fields(Settings):
        monkeypatch.delenv(f"WAYPOST_{name.upper()}", raising=False)
    monkeypatch.setenv("WAYPOST_DATA_DIR", str(tmp_path))


def test_a_rotation_is_told_line_by_line() -> None:
    lines = rotation_report(Rotated("kek_new", 12, ("kek_old",), ("kek_busy",)))
    assert lines == [
        "kek_new is the current key; 12 data keys were re-wrapped.",
        "kek_old was retired.",
        "kek_busy is still in use; rotate again to retire it.",
    ]


@pytest.mark.anyio
async def test_the_schema_is_made_and_the_key_rotated(tmp_path: Path) -> None:
    await migrate_database()
    assert (tmp_path / "waypost.sqlite3").stat().st_size > 0
    current, retired = await rotate_keys()
    assert current.endswith("is the current key; 0 data keys were re-wrapped.")
    assert retired.endswith("was retired.")
