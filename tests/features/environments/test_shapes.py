"""Environments, tokens, the team and the user on the wire."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.features.environments import shapes
from waypost.kernel.environments import ApiToken, Environment


def test_an_environment() -> None:
    shown = shapes.environment(Environment("e1", "Shop", 0.0, 1.5))
    assert shown["name"] == "Shop"
    assert shown["team_id"] == shapes.team()["id"]
    assert shown["updated_at"] == "1970-01-01T00:00:01.500Z"


def test_a_token_shows_no_text() -> None:
    record = ApiToken("t1", "e1", "server", "abcd", None, 60.0, 0.0, 0.0)
    shown = shapes.api_token(record)
    assert "token" not in shown
    assert (shown["hint"], shown["expires_at"]) == ("abcd", "1970-01-01T00:01:00.000Z")
    assert shown["created_by"] == shapes.user(None)["id"]


def test_the_user_belongs_to_the_team_and_the_environment() -> None:
    assert shapes.user("e1")["environment"] == ["e1"]
    assert shapes.user(None)["environment"] == []
    assert shapes.user("e1")["team"] == [shapes.team()["id"]]


def test_moments_are_utc_unless_they_say() -> None:
    assert shapes.read_moment("x", None) is None
    assert shapes.read_moment("x", "1970-01-01T00:01:00") == 60.0
    assert shapes.read_moment("x", "1970-01-01T01:01:00+01:00") == 60.0
    for wrong in ("soon", "9999-12-31T23:59:59-14:00"):
        with pytest.raises(InvalidRequest, match="expires_at"):
            shapes.read_moment("expires_at", wrong)
