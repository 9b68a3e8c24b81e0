"""A placeholder that cannot be filled, or a path that does not suit its method, is found."""

from pathlib import Path

import pytest
from tests.support.catalogue import LETTERS_FILE, MAIN, found_in

GET = "path: /letters/{{id}}"
GET_AT = "acme/resources/letters.yaml:19:13: "
CASES = [
    (MAIN, "{{credentials.api_key}}", "{{credentials.token}}", "acme/integration.yaml:14:10: "
     "there is no credential field 'token'; there are: api_key"),
    (MAIN, "{{credentials.api_key}}", "{{query.key}}", "acme/integration.yaml:14:10: "
     "there is no placeholder root 'query'; there are: credentials, context"),
    (MAIN, "{{credentials.api_key}}", "{{credentials.api_key", "acme/integration.yaml:14:10: "
     "a placeholder is written {{name}} or {{name.part}}; this one cannot be read"),
    (LETTERS_FILE, GET, "path: /letters", GET_AT +
     "the path of 'get' must end in /{{id}}; otherwise give the method its own name"),
    (LETTERS_FILE, GET, "path: /letters/{{id}}/pages", GET_AT +
     "the path of 'get' must end in /{{id}}; otherwise give the method its own name"),
    (LETTERS_FILE, GET, "path: /{{query.box}}/{{id}}", GET_AT +
     "'{{query.box}}' is not declared in query_schema"),
    (LETTERS_FILE, GET, "path: /{{body.box}}/{{id}}", GET_AT +
     "'{{body.box}}' is not declared in body_schema"),
    (LETTERS_FILE, GET, "path: /{{quer.box}}/{{id}}", GET_AT +
     "there is no placeholder root 'quer'; did you mean 'query'?"),
    (LETTERS_FILE, GET, "path: /letters/{{id:itn}}", GET_AT +
     "'{{id:itn}}' has an unknown type or modifier 'itn'"),
    (LETTERS_FILE, GET, "path: letters/{{id}}", GET_AT +
     "a path begins with one '/' and has no spaces, no '#' and no empty segment"),
    (LETTERS_FILE, "path: /letters\n      description: List", "path: /letters/{{id}}\n"
     "      description: List", "acme/resources/letters.yaml:6:13: "
     "'list' is called without an id; give the method its own name"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "problem"), CASES)
def test_found(tmp_path: Path, name: str, old: str, new: str, problem: str) -> None:
    assert problem in found_in(tmp_path, (name, old, new))


def test_a_declared_query_value_may_stand_in_a_path(tmp_path: Path) -> None:
    schema = "path: /{{query.box}}/{{id}}\n      query_schema:\n        type: object\n" + (
        "        properties: {box: {type: string}}"
    )
    spoils = [
        (LETTERS_FILE, GET, schema),
        (LETTERS_FILE, "id: a b", "id: a b\n          query: {box: out}"),
    ]
    assert found_in(tmp_path, *spoils) == []


def test_a_delete_by_body_needs_no_id(tmp_path: Path) -> None:
    old = "verb: POST\n      path: /letters\n"
    spoils = [
        (LETTERS_FILE, "    create:", "    delete:"),
        (LETTERS_FILE, old, old.replace("POST", "DELETE")),
    ]
    assert found_in(tmp_path, *spoils) == []
