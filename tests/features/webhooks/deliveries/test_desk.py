"""What may be replayed; that it arrives is test_deliver.py's."""

from typing import Any

import pytest

from waypost.base.errors import InvalidRequest
from waypost.base.listing import Condition
from waypost.features.webhooks.deliveries.desk import (
    MOST_EVENTS,
    MOST_OVERLAP,
    Replay,
    Rotation,
    _conditions,
)


def test_a_replay_says_which() -> None:
    with pytest.raises(InvalidRequest, match="event_ids, event_type, state or created_at"):
        _conditions(Replay())


def test_a_replay_by_time_and_state() -> None:
    found = _conditions(Replay(state="failed", created_at={"gte": "2026-11-01T00:00:00Z"}))
    assert found == (
        Condition("state", "eq", "failed"),
        Condition("created_at", "gte", 1793491200.0),
    )


def test_a_replay_by_event() -> None:
    assert _conditions(Replay(event_ids=["a"])) == (Condition("event_id", "in", ["a"]),)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"state": "delivred"}, "waiting, delivered, failed, held"),
        ({"event_ids": ["a"] * (MOST_EVENTS + 1)}, "1000 events at most"),
    ],
)
def test_a_replay_that_could_not_be_meant(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        _conditions(Replay(**asked))


@pytest.mark.parametrize("seconds", [-1, MOST_OVERLAP + 1])
def test_an_overlap_has_bounds(seconds: int) -> None:
    with pytest.raises(InvalidRequest, match="from 0 to"):
        Rotation(overlap_seconds=seconds).overlap(1.0)


def test_an_overlap_is_what_was_asked_for_or_the_usual() -> None:
    assert [Rotation(overlap_seconds=each).overlap(7.0) for each in (0, 60, None)] == [0, 60, 7]
