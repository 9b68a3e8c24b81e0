import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from waypost import __version__
from waypost.base.declared import fields
from waypost.base.settings import Settings
from waypost.entrypoints.cli.main import commands, main


@pytest.fixture(autouse=True)
def settings_of_a_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in fields(Settings):
        monkeypatch.delenv(f"WAYPOST_{name.upper()}", raising=False)
    monkeypatch.setenv("WAYPOST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WAYPOST_LOG_FORMAT", "json")


def test_help_names_every_command_and_where_the_settings_are() -> None:
    shown = CliRunner().invoke(commands, ["-h"]).output
    for name in ("serve", "prepare", "migrate", "integration", "vault", "sync"):
        assert f"\n  {name} " in shown
    assert "docs/reference/settings.md" in shown


def test_version_is_the_packages() -> None:
    assert CliRunner().invoke(commands, ["--version"]).output == f"waypost, version {__version__}\n"


def test_check_lists_what_is_wrong_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "integration.yaml").write_text("name: acme\nlable: Acme\n")
    ended = CliRunner().invoke(commands, ["integration", "check", str(folder)])
    assert ended.exit_code == 1
    assert "integration.yaml:2:1" in ended.output
    assert "lable" in ended.output


def test_check_refuses_a_folder_that_is_not_there() -> None:
    ended = CliRunner().invoke(commands, ["integration", "check", "/nowhere"])
    assert ended.exit_code == 2


def test_an_error_of_ours_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAYPOST_PORT", "eighty")
    monkeypatch.setattr(sys, "argv", ["waypost", "migrate"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("waypost: Settings are wrong: WAYPOST_PORT")
