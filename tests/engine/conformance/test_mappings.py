"""A mapping leads from its model to its integration, or is found out."""

from pathlib import Path

import pytest
from tests.support.catalogue import MAPPING_FILE, MODEL_FILE, found_in, write_catalogue

from waypost.engine.conformance.folder import check_folder

RECORD = "      response_mapping: "
CASES = [
    ("  messages:", "  message:", "3:3: there is no resource of 'mail' called 'message'; "
     "did you mean 'messages'?"),
    ("    list:", "    get:", "4:5: there is no method of 'mail.messages' called 'get'; "
     "there are: list"),
    ("resource: letters", "resource: leters", "5:17: there is no resource 'leters'; "
     "did you mean 'letters'?"),
    ("method: list", "method: zzz", "6:15: there is no method of 'letters' called 'zzz'; "
     "there are: list, get, create"),
    (RECORD, "      notes: ", "5:7: 'response_mapping' is missing"),
    (RECORD, "      before: [{name: one, resource: letters, method: zzz}]\n" + RECORD,
     "8:55: there is no method of 'letters' called 'zzz'; there are: list, get, create"),
    (RECORD, "      query_schema: {type: object, properties: {recipent: {}}}\n" + RECORD,
     "8:49: there is no filter in the model called 'recipent'; did you mean 'recipient'?"),
    (RECORD, "      merge: [{resource: letters, method: lst, response_mapping: response}]\n"
     + RECORD, "8:43: there is no method of 'letters' called 'lst'; did you mean 'list'?"),
    (RECORD, "      static: [{id: 7}]\n" + RECORD, "8:21: not a record of the model: "
     "id: 7 is not of type \"string\""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problem"), CASES)
def test_found(tmp_path: Path, old: str, new: str, problem: str) -> None:
    found = found_in(tmp_path, (MAPPING_FILE, old, new))
    assert f"acme/mappings/mail.yaml:{problem}" in found


def test_a_model_that_is_nowhere(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path / "own", {MODEL_FILE: None})
    folder = root / "integrations" / "acme"
    assert check_folder(folder) == ["acme/mappings/mail.yaml:1:8: there is no model 'mail'"]
    shared = write_catalogue(tmp_path / "shared")
    assert check_folder(folder, roots=[shared]) == []
