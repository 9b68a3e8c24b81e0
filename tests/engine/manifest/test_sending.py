"""What a method that sends says of its messages."""

import pytest
from pydantic import ValidationError

from waypost.engine.manifest.sending import Sending, SentLookup
from waypost.engine.manifest.strict import checked_json


def test_what_is_usual_need_not_be_said() -> None:
    sending = checked_json(Sending, '{"from": "from.email", "to": ["to.email"]}')
    assert (sending.from_, sending.to, sending.batch, sending.lookup) == (
        "from.email",
        ("to.email",),
        False,
        None,
    )


def test_a_lookup_says_what_identifies_a_row() -> None:
    with pytest.raises(ValidationError):
        checked_json(SentLookup, '{"resource": "emails", "row": {"to": ["to"]}}')
