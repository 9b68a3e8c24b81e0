"""What a start prepares in a process that ends: always when something changed, else not at all."""

from pathlib import Path

import pytest
from tests.support.catalogue import write_catalogue

from waypost.base.settings import Settings, read_settings
from waypost.entrypoints.preflight import current_state, digest_of, ensure_prepared


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WAYPOST_{name.upper()}", raising=False)
    monkeypatch.setenv("WAYPOST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WAYPOST_CATALOG", str(write_catalogue(tmp_path / "catalog")))
    return read_settings()


def test_everything_is_prepared_once(installation: Settings) -> None:
    database = installation.data_dir / "waypost.sqlite3"
    ensure_prepared(installation)
    assert database.stat().st_size > 0
    database.unlink()
    ensure_prepared(installation)
    assert not database.exists(), "nothing changed, so nothing was to be prepared"
    notes = Path(installation.catalog[0]) / "integrations/acme/NOTES.md"
    notes.write_text(notes.read_text() + "\nMore.\n")
    ensure_prepared(installation)
    assert database.exists()


def test_a_dead_expression_stops_the_start_with_its_place(
    installation: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    ensure_prepared(installation)
    mapping = Path(installation.catalog[0]) / "integrations/acme/mappings/mail.yaml"
    mapping.write_text(mapping.read_text().replace("resource: letters", "resource: lettres"))
    capfd.readouterr()
    for _ in range(2):  # what was refused is not taken for prepared
        with pytest.raises(SystemExit) as ended:
            ensure_prepared(installation)
        assert ended.value.code == 1
        said = capfd.readouterr().err
        assert said.startswith("waypost: ")
        assert "acme/mappings/mail.yaml:" in said
        assert "Traceback" not in said


def test_the_state_is_the_catalogue_the_code_and_the_schema(installation: Settings) -> None:
    root = Path(installation.catalog[0])
    before = current_state(installation)
    (root / "README.md").write_text("beside the catalogue")
    (root / "integrations" / ".draft").write_text("an editor's")
    assert current_state(installation) == before
    (root / "models" / "mail" / "NOTES.md").write_text("new")
    assert current_state(installation) != before
    assert current_state(read_settings(catalog=())) != before


def test_names_and_contents_are_told_apart(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "ab"
    seen = {digest_of([tmp_path])}
    for path, content in ((first, "bc"), (second, "c"), (first, "b"), (second, "cc")):
        path.write_text(content)
        seen.add(digest_of([tmp_path]))
    second.unlink()
    seen.add(digest_of([tmp_path]))
    assert len(seen) == 6
    assert digest_of([tmp_path]) in seen
    assert digest_of([tmp_path / "none"]) == digest_of([])
