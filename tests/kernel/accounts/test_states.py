"""The five states: a table, and what holds for every sequence of happenings."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.kernel.accounts.states import (
    EVENTS,
    STATUSES,
    TRANSITIONS,
    Cause,
    Status,
    can_call,
    next_status,
    sources,
)

CAUSES: tuple[Cause, ...] = (
    "reconnected",
    "validated",
    "post_install_failed",
    "validation_failed",
    "unauthorized",
    "served",
)


@pytest.mark.parametrize(
    ("before", "cause", "after"),
    [
        ("connecting", "validated", "active"),
        ("connecting", "post_install_failed", "post_install_error"),
        ("connecting", "validation_failed", "validation_error"),
        ("connecting", "unauthorized", "connecting"),
        ("connecting", "served", "connecting"),
        ("active", "unauthorized", "needs_reauth"),
        ("active", "served", "active"),
        ("active", "validated", "active"),
        ("active", "validation_failed", "active"),
        ("needs_reauth", "served", "active"),
        ("needs_reauth", "unauthorized", "needs_reauth"),
        ("validation_error", "served", "validation_error"),
        ("post_install_error", "unauthorized", "post_install_error"),
        ("validation_error", "reconnected", "connecting"),
        ("active", "reconnected", "connecting"),
    ],
)
def test_the_table(before: Status, cause: Cause, after: Status) -> None:
    assert next_status(before, cause) == after


@given(st.sampled_from(STATUSES), st.lists(st.sampled_from(CAUSES)))
def test_whatever_happens(status: Status, causes: list[Cause]) -> None:
    for cause in causes:
        after = next_status(status, cause)
        assert after in STATUSES
        assert next_status(after, cause) == after  # happening twice is happening once
        changed = after != status
        assert changed <= ((status, cause) in EVENTS)  # a change is never silent
        assert changed <= (status in sources(cause))
        if after == "active" and changed:
            assert (status, cause) in {("connecting", "validated"), ("needs_reauth", "served")}
        status = after
    assert next_status(next_status(status, "reconnected"), "validated") == "active"


def test_every_transition_is_told_and_no_other() -> None:
    assert EVENTS.keys() == TRANSITIONS.keys()
    assert set(get_args(Status)) == set(STATUSES)
    assert [each for each in STATUSES if can_call(each)] == ["active", "needs_reauth"]
