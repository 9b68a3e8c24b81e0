"""Which parts of an override are secret."""

from typing import Any

import pytest

from waypost.base.errors import InvalidRequest
from waypost.kernel.installs.override import split_override


@pytest.mark.parametrize(
    ("override", "shown", "secrets"),
    [
        ({}, {}, {}),
        ({"resources": {"token": 1}}, {"resources": {"token": 1}}, {}),
        ({"secret_environment_variables": {"A": "x", "B": None}}, {}, {"A": "x"}),
        ({"credentials": "odd"}, {"credentials": "odd"}, {}),
        ({"credentials": {"client": {"id": 1, "secret": None}}},) * 2 + ({},),
        (
            {"credentials": {"oauth2": {"client": {"id": "i", "secret": "s"}}}},
            {"credentials": {"oauth2": {"client": {"id": "i"}}}},
            {"secret": "s"},
        ),
    ],
)
def test_parting(override: dict[str, Any], shown: dict[str, Any], secrets: dict[str, str]) -> None:
    rest, found = split_override(override)
    assert rest == shown
    assert {path.split("/")[-1]: each.reveal() for path, each in found.items()} == secrets


@pytest.mark.parametrize("wrong", [1, True, ["x"]])
def test_a_secret_is_a_text(wrong: Any) -> None:
    with pytest.raises(InvalidRequest, match="KEY"):
        split_override({"secret_environment_variables": {"KEY": wrong}})
