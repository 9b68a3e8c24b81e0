import stat
from pathlib import Path

from waypost.adapters.kept_file import kept


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "data" / "token"
    assert kept(file, b"first") == b"first"
    assert kept(file, b"second") == b"first"
    assert [path.name for path in file.parent.iterdir()] == ["token"]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "token"
    kept(file, b"x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_lies_there_already_wins(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"brought along")
    assert kept(file, b"fresh") == b"brought along"


def test_a_draft_left_by_a_killed_process_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / "token"
    (tmp_path / "token.999999").write_bytes(b"half")
    assert kept(file, b"whole") == b"whole"
