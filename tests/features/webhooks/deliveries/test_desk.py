"""What may be replayed; that it arrives is test_deliver.py's."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.base.listing import Condition
from waypost.features.webhooks.deliveries.desk import Replay, _conditions


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
