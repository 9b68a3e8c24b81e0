"""What a start prepares in a process that ends: always when something changed, else not at all."""

import shutil
from pathlib import Path

import pytest
from tests.support.catalogue import write_catalogue

from waypost.base.declared import fields
from waypost.base.errors import ManifestError, SettingInvalid
from waypost.base.settings import Settings, read_settings
from waypost.entrypoints.preflight import (
    current_state,
    digest_of,
    ensure_prepared,
    read_catalog,
    serving_catalog,
)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in fields(Settings):
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


def test_what_was_prepared_is_served_without_being_read_again(installation: Settings) -> None:
    label = serving_catalog(installation).integrations["acme"].integration.label
    ensure_prepared(installation)
    stamp = installation.data_dir / "prepared"
    assert stamp.stat().st_mode & 0o077 == 0, "an app's secret may be in it"
    prepared = serving_catalog(installation)
    assert prepared.integrations["acme"].integration.label == label
    assert prepared.models == read_catalog(installation).models
    # It is this file that is served: what nobody validated would be as well.
    assert stamp.read_text().count(f'"label":"{label}"') == 1
    stamp.write_text(stamp.read_text().replace(f'"label":"{label}"', '"label":"Another"'))
    assert serving_catalog(installation).integrations["acme"].integration.label == "Another"


def test_a_catalogue_edited_after_it_was_prepared_is_never_served_as_it_was(
    installation: Settings,
) -> None:
    ensure_prepared(installation)
    main = Path(installation.catalog[0]) / "integrations/acme/integration.yaml"
    text = main.read_text()
    main.write_text(text.replace("label: Acme\n", "label: Acme Post\n", 1))
    assert serving_catalog(installation).integrations["acme"].integration.label == "Acme Post"
    main.write_text(text.replace("label: Acme\n", "lable: Acme\n", 1))
    with pytest.raises(ManifestError) as raised:
        serving_catalog(installation)
    assert raised.value.where == "acme/integration.yaml:1:1"
    assert "acme/integration.yaml:2:1: unknown key 'lable'; did you mean 'label'?" in str(
        raised.value
    )
    shutil.rmtree(main.parent)
    assert "acme" not in serving_catalog(installation).integrations


@pytest.mark.parametrize("kept", [b"", b"{", b"\xff"])
def test_a_spoiled_note_is_read_past(installation: Settings, kept: bytes) -> None:
    ensure_prepared(installation)
    stamp = installation.data_dir / "prepared"
    state, _, _ = stamp.read_bytes().partition(b"\n")
    for spoiled in (kept, state + b"\n" + kept):
        stamp.write_bytes(spoiled)
        assert "acme" in serving_catalog(installation).integrations


def test_settings_are_looked_at_whatever_was_prepared(installation: Settings) -> None:
    ensure_prepared(installation)
    for wrong, said in (
        ({"base_urls": {"acne": "https://a.test"}}, "no integration 'acne'"),
        ({"catalog": (*installation.catalog, "/nowhere")}, "no folder /nowhere"),
        ({"catalog": (str(installation.data_dir),)}, "has no folder 'integrations'"),
    ):
        with pytest.raises(SettingInvalid, match=said):
            serving_catalog(read_settings(**wrong))


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
