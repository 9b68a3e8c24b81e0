"""What a sending method says of its messages must lead somewhere."""

from pathlib import Path

import pytest
from tests.support.catalogue import LETTERS_FILE, MAIN, found_in

CREATE = "description: Write a letter and hand it to the post."
SENDING = "sends: email\n      sending: {from: from, to: [to], lookup: letters}"
CASES = [
    (
        LETTERS_FILE,
        CREATE,
        f"{CREATE}\n      sending: {{from: from}}",
        "'sending' needs 'sends' beside it",
    ),
    (
        LETTERS_FILE,
        CREATE,
        f"{CREATE}\n      sends: email",
        "it sends: say in 'sending' what its messages are",
    ),
    (
        LETTERS_FILE,
        CREATE,
        f"{CREATE}\n      {SENDING}",
        "there is no sent lookup 'letters'",
    ),
    (
        LETTERS_FILE,
        CREATE,
        f"{CREATE}\n      sends: email\n      sending: {{from: sender.name}}",
        "no example's body has anything at 'sender.name'",
    ),
    (
        MAIN,
        "category: email",
        "category: email\nsent_lookups: {sent: {resource: leters, row: {id: id}}}",
        "there is no resource 'leters'; did you mean 'letters'?",
    ),
    (
        MAIN,
        "category: email",
        "category: email\nsent_lookups: {sent: {resource: letters, method: create, row: {id: id}}}",
        "a lookup only reads; 'letters.create' sends POST",
    ),
    (
        MAIN,
        "category: email",
        "category: email\nsent_lookups: {sent: {resource: letters, row: {id: id}}}",
        "no example of 'letters.list' is recognised as a message",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), CASES)
def test_what_leads_nowhere_is_found(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    assert any(said in each for each in found_in(tmp_path, (file, old, new)))
