"""DMARC and blocklist monitoring."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.tests.world import World


@pytest.mark.proves(
    "GET /dmarc-monitoring",
    "POST /dmarc-monitoring",
    "PUT /dmarc-monitoring/{monitor_id}",
    "DELETE /dmarc-monitoring/{monitor_id}",
)
def test_a_dmarc_monitor_lives(world: World) -> None:
    body = {"domain_id": world.domains["shop.test"]}
    made = world.api("POST", "/dmarc-monitoring", json=body)
    assert made.status_code == 201
    row = made.json()["data"]
    assert (row["dmarc_record"], row["spf_status"]) == (None, "not_found")
    assert row["domain"]["name"] == "shop.test"
    assert world.api("POST", "/dmarc-monitoring", json=body).status_code == 422
    world.advance(61)
    checked = world.api("GET", "/dmarc-monitoring").json()["data"][0]
    assert (checked["dmarc_valid"], checked["spf_status"]) == (True, "valid")
    path = f"/dmarc-monitoring/{row['id']}"
    wanted = {"wanted_dmarc_record": "v=DMARC1; p=reject"}
    changed = world.api("PUT", path, json=wanted).json()["data"]
    assert changed["wanted_dmarc_record"] == wanted["wanted_dmarc_record"]
    assert world.api("GET", "/dmarc-monitoring").json()["data"] == [changed]
    assert world.api("PUT", path, json={}).status_code == 422
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", "/dmarc-monitoring").json()["data"] == []


REPORTS: list[dict[str, Any]] = [
    {
        "ip_address": "192.0.2.17",
        "total_volume": 40,
        "passed_dmarc": 39,
        "aligned_spf": True,
        "aligned_dkim": False,
        "applied_policy": "none",
        "country": "Netherlands",
        "report_source": "receiver.example",
        "date": "2026-03-01",
    },
    {
        "ip_address": "192.0.2.17",
        "total_volume": 2,
        "applied_policy": "reject",
        "report_source": "other.example",
        "date": "2026-03-02",
    },
    {"ip_address": "192.0.2.99", "total_volume": 1, "report_source": "other.example"},
]


@pytest.mark.proves(
    "GET /dmarc-monitoring/{monitor_id}/report",
    "GET /dmarc-monitoring/{monitor_id}/report/{ip}",
    "GET /dmarc-monitoring/{monitor_id}/report-sources",
    "PUT /dmarc-monitoring/{monitor_id}/favorite/{ip}",
    "DELETE /dmarc-monitoring/{monitor_id}/favorite/{ip}",
)
def test_reports_are_added_up(world: World) -> None:
    world.seed(dmarc_monitors=[{"id": "y7k1lx9vzr4qwom2"}], dmarc_reports=REPORTS)
    path = "/dmarc-monitoring/y7k1lx9vzr4qwom2"
    rows = world.api("GET", f"{path}/report").json()["data"]
    assert [(row["ip_address"], row["total_volume"]) for row in rows] == [
        ("192.0.2.17", 42),
        ("192.0.2.99", 1),
    ]
    assert (rows[0]["passed_dmarc"], rows[0]["passed_spf"], rows[0]["passed_dkim"]) == (39, 40, 0)
    details = world.api("GET", f"{path}/report/192.0.2.17").json()["data"]
    assert [row["report_source"] for row in details] == ["receiver.example", "other.example"]
    days = {"date_from": "2026-03-01", "date_to": "2026-03-02"}
    sources = world.api("GET", f"{path}/report-sources", params=days).json()["data"]
    assert sources == [
        {"report_source": "receiver.example", "reports": 1},
        {"report_source": "other.example", "reports": 2},
    ]
    rejected = {**days, "status": "rejected"}
    sources = world.api("GET", f"{path}/report-sources", params=rejected).json()["data"]
    assert sources == [{"report_source": "other.example", "reports": 1}]
    assert world.api("GET", f"{path}/report-sources").status_code == 422
    first = {"date_from": "2026-03-01", "date_to": "2026-03-01", "report_source": "other.example"}
    assert len(world.api("GET", f"{path}/report", params=first).json()["data"]) == 1
    assert world.api("PUT", f"{path}/favorite/192.0.2.17").status_code == 200
    marks = [row["is_favorite"] for row in world.api("GET", f"{path}/report").json()["data"]]
    assert marks == [True, False]
    assert world.api("DELETE", f"{path}/favorite/192.0.2.17").status_code == 200
    marks = [row["is_favorite"] for row in world.api("GET", f"{path}/report").json()["data"]]
    assert marks == [False, False]


@pytest.mark.proves(
    "GET /blocklist-monitoring",
    "POST /blocklist-monitoring",
    "GET /blocklist-monitoring/{monitor_id}",
    "PUT /blocklist-monitoring/{monitor_id}",
    "DELETE /blocklist-monitoring/{monitor_id}",
)
def test_a_blocklist_monitor_lives(world: World) -> None:
    body = {"address": "192.0.2.66", "notify": True, "notify_email": "ops@shop.test"}
    made = world.api("POST", "/blocklist-monitoring", json=body)
    assert made.status_code == 201
    row = made.json()["data"]
    assert (row["type"], row["in_progress"], row["last_checks_count"]) == ("ip", True, 0)
    assert row["forwards"] == [{"id": "1", "type": "email", "value": "ops@shop.test"}]
    path = f"/blocklist-monitoring/{row['id']}"
    world.advance(61)
    shown = world.api("GET", path).json()["data"]
    assert (shown["in_progress"], shown["blocklisted"]) == (False, True)
    assert shown["hits"][0]["address"] == "192.0.2.66"
    changed = world.api("PUT", path, json={"notify": False, "name": "Main"}).json()["data"]
    assert (changed["notify"], changed["name"]) == (False, "Main")
    world.api("POST", "/blocklist-monitoring", json={"address": "shop.test"})
    world.api("POST", "/blocklist-monitoring", json={"address": "192.0.2.64/30"})
    world.advance(61)
    query = {"sort_by": "address", "order": "asc"}
    rows = world.api("GET", "/blocklist-monitoring", params=query).json()["data"]
    assert [each["type"] for each in rows] == ["cidr", "ip", "domain"]
    assert [each["blocklisted"] for each in rows] == [True, True, False]
    assert (rows[0]["children_count"], rows[0]["hits"]) == (4, [])
    assert [each["address"] for each in rows[0]["children"]] == ["192.0.2.66"]
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "address"),
        ({"address": "not an address"}, "address"),
        ({"address": "192.0.2.300"}, "address"),
        ({"address": "a.test", "notify_email": "x"}, "notify_email"),
        ({"address": "a.test", "notify_address": "x"}, "notify_address"),
        ({"address": "a.test", "notify": "perhaps"}, "notify"),
    ],
)
def test_wrong_monitors_are_refused(world: World, body: dict[str, Any], field: str) -> None:
    answer = world.api("POST", "/blocklist-monitoring", json=body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
