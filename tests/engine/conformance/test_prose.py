"""Descriptions are whole sentences, each its own, and notes name their sources."""

from pathlib import Path

import pytest
from tests.support.catalogue import (
    FILES,
    LETTERS_FILE,
    MAIN,
    NOTES_FILE,
    found_in,
    write_catalogue,
)

from waypost.engine.conformance.folder import check_folder

GET = "Get one letter by its id."
AT = "acme/resources/letters.yaml:20:20: "
CASES = [
    (LETTERS_FILE, GET, "Get one letter by its id", AT
     + "'description': a sentence ends with a period"),
    (LETTERS_FILE, GET, "Get one letter.", AT + "'description': expected at least 20 characters"),
    (LETTERS_FILE, GET, "List the letters of an account, newest first.", AT
     + "the same description as 'list'"),
    (MAIN, "Sends letters that exist in tests only.", "Letters.", "acme/integration.yaml:4:14: "
     "'description': expected at least 20 characters"),
    (NOTES_FILE, FILES[NOTES_FILE], "# Acme\n", "acme/integration.yaml:1:1: "
     "NOTES.md names no source"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "problem"), CASES)
def test_found(tmp_path: Path, name: str, old: str, new: str, problem: str) -> None:
    assert found_in(tmp_path, (name, old, new)) == [problem]


def test_notes_are_due(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path, {NOTES_FILE: None})
    found = check_folder(root / "integrations" / "acme")
    assert found == [
        "acme/integration.yaml:1:1: NOTES.md is missing; write what is known and whence"
    ]
