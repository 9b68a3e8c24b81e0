"""What a provider allows, with the usual things unsaid."""

import pytest
from pydantic import ValidationError

from waypost.engine.manifest.limits import RateLimit
from waypost.engine.manifest.strict import checked


def test_what_is_usual_need_not_be_said() -> None:
    rate = checked(RateLimit, {"classes": {"general": {"limit": 10}}})
    assert rate.classes["general"].window_seconds == 60
    assert rate.default_class == "general"
    assert rate.limited_statuses == (429,)
    assert rate.headers.remaining is None


def test_a_limit_has_a_class() -> None:
    with pytest.raises(ValidationError):
        checked(RateLimit, {"classes": {}})
