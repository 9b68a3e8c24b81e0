"""Expressions compile and read what is there; schemas are schemas."""

from pathlib import Path

import pytest
from tests.support.catalogue import (
    LETTERS_FILE,
    MAIN,
    MAPPING_FILE,
    MODEL_FILE,
    found_in,
    spoilt,
    write_catalogue,
)

from waypost.engine.conformance.folder import check_folder

CASES = [
    (
        MAIN,
        "message: body.message",
        "message: 'body.(message'",
        "acme/integration.yaml:23:12: 'message': The expression cannot be read: ",
    ),
    (
        MAIN,
        "message: body.message",
        "message: bod.message",
        "acme/integration.yaml:23:12: 'message': there is no input 'bod'; did you mean 'body'?",
    ),
    (
        MAIN,
        "has_more: body.more = true",
        "has_more: $exist(body.more)",
        "acme/integration.yaml:18:15: 'has_more': The expression uses $exist",
    ),
    (
        MAPPING_FILE,
        "response.to}",
        "respons.to}",
        "acme/mappings/mail.yaml:8:25: 'response_mapping': there is no input 'respons'; "
        "did you mean 'response'?",
    ),
    (
        LETTERS_FILE,
        "to: {type: string}",
        "to: {type: sting}",
        "acme/resources/letters.yaml:13:22: not a JSON Schema: ",
    ),
    (
        LETTERS_FILE,
        "to: {type: string}",
        "to: {typ: string}",
        "acme/resources/letters.yaml:13:16: unknown JSON Schema keyword 'typ'; "
        "did you mean 'type'?",
    ),
    (
        LETTERS_FILE,
        "to: {type: string}",
        "to: {$ref: 'https://acme.test/schema.json'}",
        "acme/resources/letters.yaml:11:9: not a JSON Schema: ",
    ),
    (
        LETTERS_FILE,
        "query_schema:\n        type: object",
        "query_schema:\n        type: array",
        "acme/resources/letters.yaml:11:9: 'query_schema' must say `type: object` at its top",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "beginning"), CASES)
def test_found(tmp_path: Path, name: str, old: str, new: str, beginning: str) -> None:
    found = found_in(tmp_path, (name, old, new))
    assert any(one.startswith(beginning) for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "required: [id]",
            "requird: [id]",
            "mail/model.yaml:10:7: unknown JSON Schema keyword 'requird'; did you mean 'required'?",
        ),
        (
            "id: {type: string}",
            "id: {type: string, oneOf: [{mininum: 1}]}",
            "mail/model.yaml:12:37: unknown JSON Schema keyword 'mininum'; did you mean 'minimum'?",
        ),
    ],
)
def test_models_schemas_are_checked_to_the_bottom(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    write_catalogue(tmp_path, spoilt(MODEL_FILE, old, new))
    assert problem in check_folder(tmp_path / "models" / "mail")


def test_a_property_may_have_the_name_of_no_keyword(tmp_path: Path) -> None:
    new = "to: {type: string}\n          typ: {type: string, x-note: ours}"
    assert found_in(tmp_path, (LETTERS_FILE, "to: {type: string}", new)) == []
