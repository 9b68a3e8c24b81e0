"""When an expression comes next, and which ones never do."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.features.syncs.triggers.cron import next_after


@pytest.mark.parametrize(
    ("expression", "at", "following"),
    [
        ("0 */6 * * *", "2026-11-22T10:00:00", "2026-11-22T12:00:00"),
        ("* * * * *", "2026-11-22T10:00:00", "2026-11-22T10:01:00"),
        ("0 10 * * *", "2026-11-22T10:00:00", "2026-11-23T10:00:00"),
        ("0 10 * * *", "2026-11-22T09:59:59.5", "2026-11-22T10:00:00"),
        ("0 0 29 2 *", "2026-11-22T10:00:00", "2028-02-29T00:00:00"),
        ("30 8 * * MON-FRI", "2026-11-20T08:30:00", "2026-11-23T08:30:00"),
        # Europe turns its clocks back here; UTC does not.
        ("30 1 25 10 *", "2026-10-25T00:00:00", "2026-10-25T01:30:00"),
    ],
)
def test_the_next_moment(expression: str, at: str, following: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
    found = datetime.fromtimestamp(next_after(expression, moment), UTC)
    assert found.replace(tzinfo=None).isoformat() == following


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "5 fields"),
        ("* * * * * *", "5 fields"),
        ("@daily", "5 fields"),
        ("61 * * * *", "bad minute"),
        ("0 0 31 2 *", "bad day-of-month"),
        ("a b c d e", "bad minute"),
        ("0 " * 300, "5 fields"),
    ],
)
def test_what_is_none(expression: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        next_after(expression, 0.0)


@given(st.integers(0, 59), st.integers(0, 23), st.integers(1_577_836_800, 2_840_140_800))
def test_a_daily_moment_comes_within_a_day(minute: int, hour: int, at: int) -> None:
    found = next_after(f"{minute} {hour} * * *", float(at))
    moment = datetime.fromtimestamp(found, UTC)
    assert 0 < found - at <= 86_400
    assert (moment.minute, moment.hour, moment.second) == (minute, hour, 0)
