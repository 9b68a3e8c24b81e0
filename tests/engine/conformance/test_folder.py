"""A folder is checked whole, and a sound one has nothing to report."""

from pathlib import Path

import pytest
from tests.support.catalogue import LETTERS_FILE, MAIN, found_in, spoilt, write_catalogue

from waypost.base.errors import ManifestError
from waypost.engine.conformance.folder import check_folder, lint_catalog, lint_integration
from waypost.engine.manifest.load import load_catalog


def test_a_sound_catalogue_has_nothing_to_report(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path)
    assert check_folder(root / "integrations" / "acme") == []
    assert check_folder(root / "models" / "mail") == []


def test_problems_come_in_reading_order(tmp_path: Path) -> None:
    found = found_in(
        tmp_path,
        (LETTERS_FILE, "Get one letter by its id.", "Get one letter."),
        (LETTERS_FILE, "pagination: pages", "pagination: page"),
        (MAIN, "message: body.message", "message: bod.message"),
    )
    assert [one.split(": ")[0] for one in found] == [
        "acme/integration.yaml:23:12",
        "acme/resources/letters.yaml:8:19",
        "acme/resources/letters.yaml:20:20",
    ]


def test_what_does_not_load_is_reported_alike(tmp_path: Path) -> None:
    found = found_in(tmp_path, (MAIN, "label: Acme", "lable: Acme"))
    assert found == [
        "acme/integration.yaml:1:1: 'label' is missing",
        "acme/integration.yaml:2:1: unknown key 'lable'; did you mean 'label'?",
    ]


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    assert check_folder(tmp_path / "acme") == [
        "acme: there is neither integration.yaml nor model.yaml in this folder"
    ]


def test_a_catalogue_with_a_dead_name_is_refused(tmp_path: Path) -> None:
    lint_catalog(load_catalog(write_catalogue(tmp_path / "sound")))
    spoil = spoilt(LETTERS_FILE, "pagination: pages", "pagination: page")
    with pytest.raises(ManifestError, match="there is no pagination 'page'"):
        lint_catalog(load_catalog(write_catalogue(tmp_path / "spoilt", spoil)))


def test_at_run_time_only_what_would_fail_is_looked_for(tmp_path: Path) -> None:
    spoil = spoilt(LETTERS_FILE, "Get one letter by its id.", "Get one letter.")
    catalog = load_catalog(write_catalogue(tmp_path, spoil))
    assert list(lint_integration(catalog.integrations["acme"], catalog.models)) == []
