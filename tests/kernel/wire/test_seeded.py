"""Facts that are the same everywhere and forever."""

from waypost.kernel.wire.seeded import SINCE, TEAM_ID, USER_ID, fixed_id


def test_ids_never_change() -> None:
    assert TEAM_ID == "b61e6be4-84ee-5d1b-96bd-7cfd3bb6253d"
    assert USER_ID == "0ed57bd9-25c8-57c9-8a24-9c55bcce4505"
    assert fixed_id("a", "b") == fixed_id("a", "b") != fixed_id("a", "c")
    assert SINCE == "1970-01-01T00:00:00.000Z"
