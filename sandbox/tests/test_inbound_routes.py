"""Inbound routes: what they take, and how they are read back."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.tests.world import World

KEYS = [
    "id",
    "name",
    "address",
    "domain",
    "dns_checked_at",
    "enabled",
    "filters",
    "forwards",
    "priority",
    "mxValues",
    "catch_type",
    "match_type",
]
EVERYTHING = {"type": "match_all", "key": None, "comparer": None, "value": None}


def make_body(world: World, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "domain_id": world.domains["shop.test"],
        "name": "Replies",
        "domain_enabled": False,
        "catch_filter": {"type": "catch_all"},
        "match_filter": {"type": "match_all"},
        "forwards": [{"type": "webhook", "value": "https://hooks.example.com/in"}],
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


@pytest.mark.proves(
    "GET /inbound",
    "POST /inbound",
    "GET /inbound/{inbound_id}",
    "PUT /inbound/{inbound_id}",
    "DELETE /inbound/{inbound_id}",
)
def test_a_route_lives(world: World) -> None:
    answer = world.api("POST", "/inbound", json=make_body(world))
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert list(made) == KEYS
    assert made["address"].endswith("@inbound.mailersend.net")
    assert made["filters"] == [EVERYTHING]
    assert len(made["forwards"][0]["secret"]) == 32
    assert made["mxValues"] == {"priority": "10", "target": "inbound.mailersend.net"}
    path = f"/inbound/{made['id']}"
    rule = {"comparer": "ends-with", "value": "@customer.test"}
    changed = make_body(
        world,
        name="Customers",
        domain_enabled=True,
        inbound_domain="in.shop.test",
        inbound_priority=5,
        match_filter={"type": "match_sender", "filters": [rule]},
        match_type="one",
        forwards=[*make_body(world)["forwards"], {"type": "email", "value": "desk@shop.test"}],
    )
    assert world.api("PUT", path, json=changed).status_code == 200
    shown = world.api("GET", path).json()["data"]
    assert (shown["domain"], shown["priority"], shown["match_type"]) == ("in.shop.test", 5, "one")
    assert shown["filters"] == [{"type": "match_sender", "key": None, **rule}]
    # The webhook that stayed keeps its secret; a forward by email has none.
    assert shown["forwards"][0] == made["forwards"][0]
    assert shown["forwards"][1]["secret"] is None
    assert world.api("GET", "/inbound").json()["data"] == [shown]
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


FIVE = [{"comparer": "equal", "value": str(number)} for number in range(5)]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"domain_id": "unknown"}, ["domain_id"]),
        ({"name": None}, ["name"]),
        ({"name": "x" * 192}, ["name"]),
        ({"domain_enabled": None}, ["domain_enabled"]),
        ({"domain_enabled": True}, ["inbound_domain", "inbound_priority"]),
        ({"inbound_priority": 101}, ["inbound_priority"]),
        ({"catch_filter": {"type": "match_all"}}, ["catch_filter.type"]),
        ({"catch_filter": {"type": "catch_recipient"}}, ["catch_filter.filters"]),
        ({"catch_filter": "catch_all"}, ["catch_filter"]),
        ({"catch_type": "some"}, ["catch_type"]),
        (
            {"match_filter": {"type": "match_header", "filters": [FIVE[0]]}},
            ["match_filter.filters.0.key"],
        ),
        (
            {"match_filter": {"type": "match_sender", "filters": [*FIVE, FIVE[0]]}},
            ["match_filter.filters"],
        ),
        (
            {"match_filter": {"type": "match_sender", "filters": [{"comparer": "is"}]}},
            ["match_filter.filters.0.comparer", "match_filter.filters.0.value"],
        ),
        ({"forwards": []}, ["forwards"]),
        ({"forwards": [{"type": "fax", "value": "1"}]}, ["forwards.0.type"]),
        ({"forwards": [{"type": "email", "value": "desk"}]}, ["forwards.0.value"]),
        (
            {"forwards": [{"type": "email", "value": "a@b.test"}] * 2},
            ["forwards.0.value", "forwards.1.value"],
        ),
        (
            {"forwards": [{"type": "email", "value": f"a{n}@b.test"} for n in range(6)]},
            ["forwards"],
        ),
    ],
)
def test_wrong_routes_are_refused(world: World, changes: dict[str, Any], fields: list[str]) -> None:
    answer = world.api("POST", "/inbound", json=make_body(world, **changes))
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == fields


def test_an_unknown_domain_reads_as_a_missing_one(world: World) -> None:
    errors = world.api("POST", "/inbound", json=make_body(world, domain_id="x")).json()["errors"]
    assert errors == {"domain_id": ["The domain id field is required. #MS42209"]}


def test_routes_are_not_made_too_fast(world: World) -> None:
    world.api("POST", "/inbound", json={})
    again = world.api("POST", "/inbound", json=make_body(world))
    assert again.status_code == 429
    assert again.json()["message"].startswith("You cannot create a resource at the moment.")
    assert "retry-after" not in again.headers
    assert again.headers["x-apiquota-remaining"] == "-1"
    world.advance(2)
    assert world.api("POST", "/inbound", json=make_body(world)).status_code == 201
