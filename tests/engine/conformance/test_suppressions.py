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
