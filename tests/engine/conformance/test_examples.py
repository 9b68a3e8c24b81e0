"""Examples that their own method would refuse are found."""

from pathlib import Path

import pytest
from tests.support.catalogue import LETTERS_FILE, MAIN, found_in

SENT = "- body: {to: ada@acme.test}"
AT = "acme/resources/letters.yaml:"
CASES = [
    (SENT, "- body: {to: ada}", '34:22: refused by body_schema: to: "ada" is not a "email"'),
    (SENT, "- body: {}", "34:17: refused by body_schema: \"to\" is a required property"),
    (SENT, "- name: bare", "34:11: 'body' is missing; the method declares body_schema"),
    ("- query: {to: ada@acme.test}", "- query: {to: 7}",
     '15:23: refused by query_schema: to: 7 is not of type "string"'),
    ("- id: a b", "- id: a b\n          query: {x: y}",
     "23:11: the method declares no query_schema for this"),
    ("response_path: data", "response_path: items", "16:21: nothing is at response_path 'items'"),
    ("response: {data: [{id: 1, to: ada@acme.test}], more: false}", "response: {data: {}}",
     "16:21: a list method's records must be a list"),
    ("status: 201", "status: 201\n          verified: true", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problem"), CASES)
def test_found(tmp_path: Path, old: str, new: str, problem: str | None) -> None:
    found = found_in(tmp_path, (LETTERS_FILE, old, new))
    assert (AT + problem in found) if problem else (found == [])


def test_an_example_is_due(tmp_path: Path) -> None:
    old = "      examples:\n        - id: a b\n          response: {id: 1, to: ada@acme.test}\n"
    found = found_in(tmp_path, (LETTERS_FILE, old, ""))
    assert found == [f"{AT}18:7: there is no example"]


def test_an_unverified_integration_claims_no_verified_example(tmp_path: Path) -> None:
    spoils = [
        (MAIN, "category: email", "category: email\nunverified: true"),
        (LETTERS_FILE, "status: 201", "status: 201\n          verified: true"),
    ]
    assert found_in(tmp_path, *spoils) == [
        f"{AT}36:21: an unverified integration has no verified example"
    ]


def test_a_required_field_is_required(tmp_path: Path) -> None:
    loose = "anyOf: [{required: [to]}, {}]\n        required: []"
    assert found_in(tmp_path, (LETTERS_FILE, "required: [to]", loose)) == []


def test_a_secret_is_found_out(tmp_path: Path) -> None:
    key = "".join(("k9XwQ2", "mZ7Lr4", "TbV8nC", "3yPs6H", "fJ1dGa"))
    new = f"status: 201\n          query: {{}}\n          name: {key}"
    assert found_in(tmp_path, (LETTERS_FILE, "status: 201", new)) == []
    new = f"response: {{id: 1, to: ada@acme.test, key: {key}}}\n    create:"
    old = "response: {id: 1, to: ada@acme.test}\n    create:"
    assert found_in(tmp_path, (LETTERS_FILE, old, new)) == [
        f"{AT}23:53: this looks like a real secret; write one that says it is an example"
    ]
