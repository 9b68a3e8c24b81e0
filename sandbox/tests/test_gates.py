"""Who may come in, how often, and how often in a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sandbox.tests.world import World, make_email

UNAUTHENTICATED = b'{"message":"Unauthenticated."}'


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer x"}]
)
def test_bad_tokens_all_get_the_same_answer(world: World, header: dict[str, str]) -> None:
    answer = world.client.get(f"{world.root}/v1/domains", headers=header)
    assert answer.status_code == 401
    assert answer.content == UNAUTHENTICATED
    assert "x-apiquota-remaining" not in answer.headers


SCOPED = [
    ("GET", "/token", "tokens_full"),
    ("GET", "/users", "users_read"),
    ("POST", "/users", "users_full"),
    ("GET", "/invites", "users_read"),
    ("GET", "/domains", "domains_read"),
    ("POST", "/domains", "domains_full"),
    ("POST", "/email", "email_full"),
    ("POST", "/bulk-email", "email_full"),
    ("GET", "/emails", "activity_read"),
    ("GET", "/messages", "email_full"),
    ("GET", "/recipients", "recipients_read"),
    ("GET", "/templates", "templates_full"),
    ("GET", "/suppressions/blocklist", "suppressions_read"),
    ("POST", "/suppressions/blocklist", "suppressions_full"),
    ("GET", "/webhooks", "webhooks_full"),
    ("GET", "/sms-numbers", "sms_read"),
    ("GET", "/activity/65qngkdovk8lwr12", "activity_read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPED)
def test_every_route_asks_for_its_scope(world: World, method: str, path: str, scope: str) -> None:
    other = world.token_with("ifttt")
    refused = world.api(method, path, token=other, json={})
    assert refused.status_code == 403
    assert refused.json()["message"].endswith("#MS40301")
    allowed = world.api(method, path, token=world.token_with(scope), json={})
    assert allowed.status_code not in (401, 403)


def test_every_route_but_the_quota_names_scopes() -> None:
    from waypost_sandbox.resources import all_routes

    open_to_all = [route.operation for route in all_routes() if not route.scopes]
    assert open_to_all == ["GET /api-quota"]


def test_reading_scopes_do_not_write(world: World) -> None:
    reader = world.token_with("domains_read")
    assert world.api("GET", "/domains", token=reader).status_code == 200
    assert world.api("POST", "/domains", token=reader, json={"name": "a.test"}).status_code == 403


@pytest.mark.parametrize(
    ("settings", "status", "end"),
    [
        ({"state": "suspended"}, 403, "#MS40304"),
        ({"api_access": False}, 403, "#MS40302"),
        ({"ip_allowlist": ["203.0.113.0/24"]}, 403, "#MS40305"),
        ({"maintenance": True}, 421, "try again later."),
        ({"state": "maintenance"}, 421, "try again later."),
        ({"state": "warned"}, 200, ""),
        ({"ip_allowlist": ["127.0.0.0/8"]}, 200, ""),
    ],
)
def test_accounts_may_be_closed(
    make_world: Callable[..., World], settings: dict[str, Any], status: int, end: str
) -> None:
    world = make_world(**settings)
    answer = world.api("GET", "/domains")
    assert answer.status_code == status
    assert answer.json().get("message", "").endswith(end)


def test_a_rate_ends_and_comes_back_with_the_clock(world: World) -> None:
    world.seed(account={"rate_limits": {"general": 2}})
    assert world.api("GET", "/domains").status_code == 200
    assert world.api("GET", "/users").status_code == 200
    world.advance(20)
    answer = world.api("GET", "/domains")
    assert answer.status_code == 429
    assert answer.json()["message"] == (
        "Your account reached its rate limit of 2 requests/min. "
        "Please wait before trying again. #MS42903"
    )
    assert answer.headers["retry-after"] == "40"
    assert answer.headers["x-ratelimit-limit"] == "2"
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert answer.headers["x-ratelimit-reset"] == "1773144060"
    assert b'\n    "message"' in answer.content
    world.advance(40)
    assert world.api("GET", "/domains").status_code == 200


def test_documented_rates_are_on_by_default(make_world: Callable[..., World]) -> None:
    world = make_world()
    world.seed(now="2026-03-10T12:00:00Z", domains=[{"id": "65qngkdovk8lwr12", "name": "a.test"}])
    window = {"date_from": 1773100000, "date_to": 1773140000}
    path = "/activity/65qngkdovk8lwr12"
    statuses = [world.api("GET", path, params=window).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    listing = {**window, "domain_id": "65qngkdovk8lwr12"}
    assert world.api("GET", "/emails", params=listing).status_code == 429
    assert world.api("GET", "/domains").status_code == 200


@pytest.mark.parametrize(
    ("settings", "path", "limit"),
    [
        ({}, "/domains", "60"),
        ({}, "/email", "120"),
        ({"approved": False}, "/email", "10"),
        ({}, "/bulk-email", "60"),
        ({"plan": "Starter"}, "/bulk-email", "15"),
        ({"plan": "Hobby"}, "/bulk-email", "10"),
        ({"approved": False}, "/bulk-email", "1"),
    ],
)
def test_rate_headers_stand_on_all_answers_by_setting(
    make_world: Callable[..., World], settings: dict[str, Any], path: str, limit: str
) -> None:
    world = make_world(rate_limit_headers=True, **settings)
    answer = world.api("GET" if path == "/domains" else "POST", path, json={})
    assert answer.headers["x-ratelimit-limit"] == limit
    assert answer.headers["x-ratelimit-remaining"] == str(int(limit) - 1)


def test_rate_headers_are_absent_by_default(world: World) -> None:
    assert "x-ratelimit-limit" not in world.api("GET", "/domains").headers


def test_the_daily_quota_ends_and_resets_at_midnight(world: World) -> None:
    world.seed(account={"daily_quota": 3})
    first = world.api("GET", "/domains")
    assert first.headers["x-apiquota-remaining"] == "2"
    assert first.headers["x-apiquota-reset"] == "2026-03-11T00:00:00Z"
    assert world.api("POST", "/email", json={}).headers["x-apiquota-remaining"] == "1"
    assert world.api("GET", "/api-quota").json() == {
        "quota": 3,
        "remaining": 1,
        "reset": "2026-03-11T00:00:00Z",
    }
    assert world.api("GET", "/domains/unknown").status_code == 404
    assert world.api("GET", "/users/unknown").headers["x-apiquota-remaining"] == "0"
    over = world.api("GET", "/domains")
    assert over.status_code == 429
    assert over.json()["message"].endswith("#MS42901")
    assert over.headers["x-apiquota-remaining"] == "0"
    assert over.headers["retry-after"] == str(12 * 3600)
    world.advance(12 * 3600)
    assert world.api("GET", "/domains").headers["x-apiquota-remaining"] == "2"


@pytest.mark.parametrize(
    ("plan", "quota"),
    [("Trial", 100), ("Hobby", 1000), ("Starter", 100_000), ("Enterprise", 500_000)],
)
def test_a_seeded_plan_brings_its_quota(
    make_world: Callable[..., World], plan: str, quota: int
) -> None:
    assert make_world(plan=plan).api("GET", "/api-quota").json()["quota"] == quota


def test_a_default_account_has_no_daily_limit(make_world: Callable[..., World]) -> None:
    assert make_world().api("GET", "/api-quota").json()["quota"] == -1


def test_creations_too_close_together_are_refused(world: World) -> None:
    assert world.api("POST", "/webhooks", json={}).status_code == 422
    soon = world.api("POST", "/webhooks", json={})
    assert soon.status_code == 429
    assert soon.json()["message"].startswith("You cannot create a resource at the moment.")
    assert soon.headers["x-apiquota-remaining"] == "-1"
    assert "retry-after" not in soon.headers
    world.advance(1)
    assert world.api("POST", "/webhooks", json={}).status_code == 422


def test_a_token_bound_to_a_domain_sends_from_it_only(world: World) -> None:
    secret = f"mlsn.{world.account_id}-bound"
    world.seed(
        domains=[{"id": "vz9dlem9wn14kj50", "name": "third.test"}],
        tokens=[
            {
                "accessToken": secret,
                "scopes": ["email_full"],
                "domain": {"id": "vz9dlem9wn14kj50"},
            }
        ],
    )
    refused = world.api("POST", "/email", token=secret, json=make_email())
    assert refused.status_code == 422
    own = {**make_email(), "from": {"email": "a@third.test"}}
    assert world.api("POST", "/email", token=secret, json=own).status_code == 202


def test_excess_leads_to_a_warning_and_then_to_a_suspension(
    make_world: Callable[..., World],
) -> None:
    world = make_world(
        rate_limits={"general": 1}, excessive_use={"warn": 2, "suspend": 4, "window_seconds": 600}
    )
    world.seed(now="2026-03-10T12:00:00Z")

    def state() -> str:
        accounts = world.control("GET", "/accounts")["data"]
        return next(each["state"] for each in accounts if each["account_id"] == world.account_id)

    assert world.api("GET", "/domains").status_code == 200
    seen = []
    for _ in range(3):
        assert world.api("GET", "/domains").status_code == 429
        seen.append(state())
    assert seen == ["active", "warned", "warned"]
    # What is long ago counts no more.
    world.advance(700)
    world.api("GET", "/domains")
    for _ in range(4):
        assert world.api("GET", "/domains").status_code == 429
    refused = world.api("GET", "/domains")
    assert refused.status_code == 403
    assert refused.json()["message"].endswith("#MS40304")
    world.seed(account={"state": "active"})
    world.advance(60)
    assert world.api("GET", "/domains").status_code == 200


def test_excess_is_forgiven_by_default(make_world: Callable[..., World]) -> None:
    world = make_world(rate_limits={"general": 0})
    for _ in range(200):
        assert world.api("GET", "/domains").status_code == 429


@pytest.mark.parametrize("rule", [{"warm": 1}, {"warn": "often"}, [], {"warn": 0}])
def test_strange_excess_is_refused(world: World, rule: Any) -> None:
    path = f"{world.root}/_sandbox/seed?account={world.account_id}"
    answer = world.client.post(path, json={"account": {"excessive_use": rule}})
    assert answer.status_code == 422
