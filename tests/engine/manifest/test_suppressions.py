"""A provider's lists of suppressions."""

import pytest
from pydantic import ValidationError

from waypost.engine.manifest.strict import checked_json
from waypost.engine.manifest.suppressions import SuppressionList, SuppressionPush


def test_what_is_usual_need_not_be_said() -> None:
    text = '{"reason": "complaint", "resource": "complaints", "row": {"address": "email"}}'
    listed = checked_json(SuppressionList, text)
    assert (listed.method, listed.query, listed.everywhere) == ("list", {}, False)


@pytest.mark.parametrize("reason", ["manual", "provider", "whim"])
def test_only_a_providers_reasons_are_known(reason: str) -> None:
    text = f'{{"reason": "{reason}", "resource": "x", "row": {{"address": "email"}}}}'
    with pytest.raises(ValidationError):
        checked_json(SuppressionList, text)


def test_a_push_names_its_list_and_how_to_add() -> None:
    given = '"list": "blocked", "domains": {"resource": "domains", "subject": "record"}'
    add = '"add": {"resource": "blocked", "method": "create", "body": "addresses"}'
    assert checked_json(SuppressionPush, f"{{{given}, {add}}}").most == 50
    with pytest.raises(ValidationError):
        checked_json(SuppressionPush, f"{{{given}}}")
