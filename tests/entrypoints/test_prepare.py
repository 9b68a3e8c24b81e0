"""Schema, keys and catalogue in order, or an error that says what is not."""

from pathlib import Path

import pytest

from waypost.base.declared import fields
from waypost.base.errors import ManifestError
from waypost.base.settings import Settings, read_settings
from waypost.entrypoints.preflight import current_state
from waypost.entrypoints.prepare import prepare

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def settings_of_a_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in fields(Settings):
        monkeypatch.delenv(f"WAYPOST_{name.upper()}", raising=False)
    monkeypatch.setenv("WAYPOST_DATA_DIR", str(tmp_path / "data"))


async def test_it_makes_what_a_server_needs_and_notes_it(tmp_path: Path) -> None:
    await prepare()
    made = {path.name for path in (tmp_path / "data").iterdir()}
    assert {"waypost.sqlite3", "keys.json", "prepared"} <= made
    assert (tmp_path / "data" / "prepared").read_text().startswith(current_state(read_settings()))
    await prepare()


async def test_a_refused_catalogue_is_not_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "catalog" / "integrations" / "acme"
    folder.mkdir(parents=True)
    (folder / "integration.yaml").write_text("name: acme\nlable: Acme\n")
    monkeypatch.setenv("WAYPOST_CATALOG", str(tmp_path / "catalog"))
    with pytest.raises(ManifestError, match=r"integration\.yaml:2:1"):
        await prepare()
    assert not (tmp_path / "data" / "prepared").exists()
