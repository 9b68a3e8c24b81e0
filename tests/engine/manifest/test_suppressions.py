"""A provider's lists of suppressions."""

import pytest
from pydantic import ValidationError

from waypost.engine.manifest.strict import checked_json
from waypost.engine.manifest.suppressions import SuppressionList


def test_what_is_usual_need_not_be_said() -> None:
    text = '{"reason": "complaint", "resource": "complaints", "row": {"address": "email"}}'
    listed = checked_json(SuppressionList, text)
    assert (listed.method, listed.query, listed.everywhere) == ("list", {}, False)


@pytest.mark.parametrize("reason", ["manual", "provider", "whim"])
def test_only_a_providers_reasons_are_known(reason: str) -> None:
    text = f'{{"reason": "{reason}", "resource": "x", "row": {{"address": "email"}}}}'
    with pytest.raises(ValidationError):
        checked_json(SuppressionList, text)
