"""An example whose request is not what it describes is found."""

from pathlib import Path

import pytest
from tests.support.catalogue import LETTERS_FILE, found_in

AT = "acme/resources/letters.yaml:"


def test_an_id_is_due_where_the_path_names_it(tmp_path: Path) -> None:
    found = found_in(tmp_path, (LETTERS_FILE, "- id: a b", "- name: no id"))
    assert found == [f"{AT}22:11: no request can be built: Missing: id."]


def test_a_body_must_suit_its_format(tmp_path: Path) -> None:
    new = "body_format: raw\n      body_schema:"
    found = found_in(tmp_path, (LETTERS_FILE, "body_schema:", new))
    assert found == [
        f"{AT}35:11: no request can be built: This method takes its body as text or bytes."
    ]


@pytest.mark.parametrize("kind", ["json", "form", "multipart"])
def test_sound_bodies(tmp_path: Path, kind: str) -> None:
    new = f"body_format: {kind}\n      body_schema:"
    assert found_in(tmp_path, (LETTERS_FILE, "body_schema:", new)) == []


def test_a_query_value_of_the_path_is_not_sent_again(tmp_path: Path) -> None:
    new = "path: /boxes/{{query.to}}/letters\n      description: List"
    old = "path: /letters\n      description: List"
    assert found_in(tmp_path, (LETTERS_FILE, old, new)) == []


def test_a_parameter_that_is_kept_back_is_found(tmp_path: Path) -> None:
    new = "- query: {to: ada@acme.test, truto_key_by: id}"
    found = found_in(tmp_path, (LETTERS_FILE, "- query: {to: ada@acme.test}", new))
    assert found == [f"{AT}15:11: the query parameter 'truto_key_by' is not sent"]
