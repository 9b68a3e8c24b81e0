import pytest

from waypost.engine.limits import LANE_NAMES, Lane, is_spread, lane_named


def test_first_things_first():
    assert LANE_NAMES == ("transactional", "flow", "bulk", "sync")
    assert [lane for lane in Lane if not is_spread(lane)] == [Lane.TRANSACTIONAL]


@pytest.mark.parametrize(
    ("name", "lane"), [("bulk", Lane.BULK), (" Sync ", Lane.SYNC), ("", None), ("urgent", None)]
)
def test_a_lane_is_named_by_its_word(name, lane):
    assert lane_named(name) is lane
