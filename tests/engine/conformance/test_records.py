"""A mapping whose example answers do not become records of the model is found."""

from pathlib import Path

import pytest
from tests.support.catalogue import LETTERS_FILE, MAPPING_FILE, found_in

AT = "acme/mappings/mail.yaml:8:25: "
CASES = [
    ("$string(response.id)", "response.id",
     "'id' does not fit the model: 1 is not of type \"string\""),
    ("$string(response.id)", "response.uid",
     "'(record)' does not fit the model: \"id\" is a required property"),
    ("$string(response.id)", "$number(response.to)", "The expression failed"),
    ("'{\"id\": $string(response.id), \"recipient\": response.to}'", "'response.none'",
     "no example answer of 'letters.list' gives a record"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problem"), CASES)
def test_found(tmp_path: Path, old: str, new: str, problem: str) -> None:
    found = found_in(tmp_path, (MAPPING_FILE, old, new))
    assert any(one.removeprefix("letters.list.").startswith(AT) and problem in one for one in found)


def test_records_are_where_the_method_says(tmp_path: Path) -> None:
    spoils = [
        (LETTERS_FILE, "response_path: data", "response_path: page.items"),
        (LETTERS_FILE, "{data: [{id: 1, to: ada@acme.test}], more: false}",
         "{page: {items: [{id: 1}]}}"),
    ]  # fmt: skip
    assert found_in(tmp_path, *spoils) == []


def test_computed_records_see_what_comes_before(tmp_path: Path) -> None:
    new = (
        "      before: [{name: sent, resource: letters, method: list}]\n"
        "      computed: 'before.sent.{\"id\": id}'\n      notes: "
    )
    found = found_in(tmp_path, (MAPPING_FILE, "      response_mapping: ", new))
    assert len(found) == 1
    assert "'id' does not fit the model" in found[0]
