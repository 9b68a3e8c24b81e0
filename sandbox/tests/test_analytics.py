"""Counts of what happened, by time and reader."""

from __future__ import annotations

import pytest
from sandbox.tests.world import World

MAY_2, JUNE_1 = 1746144000, 1748736000


@pytest.fixture
def counted(world: World) -> World:
    domain_id = world.domains["shop.test"]
    reader = {"country": "PT", "browser": "Firefox", "device_type": "desktop"}
    emails = [{"id": f"{n:024x}", "recipient": {"email": f"r{n}@b.test"}} for n in (1, 2)]
    emails[0]["tags"] = ["news"]
    world.seed(
        now="2025-07-29T12:00:00Z",
        activities=[
            {"type": "sent", "created_at": MAY_2 + 60, "domain_id": domain_id, "email": emails[0]},
            {"type": "opened", "created_at": MAY_2 + 90, "domain_id": domain_id,
             "email_id": emails[0]["id"], "meta": reader},
            {"type": "opened", "created_at": JUNE_1 + 86000, "domain_id": domain_id,
             "email": emails[1], "meta": {**reader, "country": "DE"}},
        ],
    )  # fmt: skip
    return world


@pytest.mark.parametrize(
    ("group", "first", "count"),
    [
        ("days", 1746144000, 31),
        ("weeks", 1745798400, 5),
        ("months", 1746057600, 2),
        ("years", 1735689600, 1),
    ],
)
def test_buckets_cover_the_range(counted: World, group: str, first: int, count: int) -> None:
    query = {
        "date_from": MAY_2,
        "date_to": JUNE_1,
        "group_by": group,
        "event[]": ["sent", "opened"],
    }
    data = counted.api("GET", "/analytics/date", params=query).json()["data"]
    assert (data["date_from"], data["date_to"]) == ("1746144000", "1748822399")
    assert len(data["stats"]) == count
    assert data["stats"][0]["date"] == str(first)
    assert list(data["stats"][0]) == ["date", "sent", "opened"]
    assert sum(row["opened"] for row in data["stats"]) == 2
    assert data["stats"][0]["sent"] == 1


@pytest.mark.parametrize(
    ("path", "more", "stats"),
    [
        ("country", {}, [("DE", 1), ("PT", 1)]),
        ("country", {"tags[]": "news"}, [("PT", 1)]),
        ("country", {"domain_id": "unknown"}, [("DE", 1), ("PT", 1)]),
        ("country", {"domain_id": "xkjn41mjxp94z781"}, []),
        ("ua-name", {}, [("Firefox", 2)]),
        ("ua-type", {}, [("desktop", 2)]),
    ],
)
def test_opens_are_counted_by_reader(
    counted: World, path: str, more: dict[str, str], stats: list[tuple[str, int]]
) -> None:
    query = {"date_from": str(MAY_2), "date_to": str(JUNE_1), **more}
    data = counted.api("GET", f"/analytics/{path}", params=query).json()["data"]
    assert data["date_to"] == 1748822399
    assert [(row["name"], row["count"]) for row in data["stats"]] == stats


def test_wrong_ranges_are_refused(counted: World) -> None:
    missing = counted.api("GET", "/analytics/country").json()
    assert list(missing["errors"]) == ["date_from", "date_to"]
    old = {"date_from": 1700000000, "date_to": MAY_2}
    text = counted.api("GET", "/analytics/country", params=old).json()["message"]
    assert text == "Date selection out of range. Analytics has a 6-months data retention limit."
