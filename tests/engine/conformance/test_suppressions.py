"""Lists of suppressions must lead somewhere."""

from pathlib import Path

import pytest
from tests.support.catalogue import MAIN, found_in


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("resource: leters, row: {address: to}", "there is no resource 'leters'"),
        ("resource: letters, method: create, row: {address: to}", "'letters.create' sends POST"),
        (
            "resource: letters, row: {address: nowhere}",
            "no example of 'letters.list' has an address",
        ),
    ],
)
def test_what_leads_nowhere_is_found(tmp_path: Path, said: str, found: str) -> None:
    lists = f"suppression_lists: {{gone: {{reason: complaint, {said}}}}}"
    change = (MAIN, "category: email", f"category: email\n{lists}")
    assert any(found in each for each in found_in(tmp_path, change))


@pytest.mark.parametrize(
    ("lists", "push", "found"),
    [
        (
            "resource: letters, row: {address: to}",
            "list: gon",
            "there is no suppression list 'gon'",
        ),
        ("resource: letters, row: {address: to}", "list: gone", "does not say how somebody"),
        (
            "resource: letters, row: {address: to}, remove: {resource: letters, method: wipe, body: '{}'}",
            "list: gone",
            "'wipe'",
        ),
        ("resource: letters, row: {address: to}", "list: gone", "no resource 'domaines'"),
    ],
)
def test_a_push_that_leads_nowhere_is_found(
    tmp_path: Path, lists: str, push: str, found: str
) -> None:
    said = (
        f"suppression_lists: {{gone: {{reason: complaint, {lists}}}}}\nsuppression_push: {{{push}, "
    )
    said += "add: {resource: letters, method: create, body: '{}'}, domains: {resource: domaines, subject: record}}"
    change = (MAIN, "category: email", f"category: email\n{said}")
    assert any(found in each for each in found_in(tmp_path, change))
