"""The control plane: accounts, reset, seed, clock, faults, events, outbox, calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sandbox.tests.world import World, make_email, start_sandbox, stop_sandbox


def test_accounts_are_worlds_of_their_own(make_world: Callable[..., World]) -> None:
    one, other = make_world(), make_world()
    one.seed(domains=[{"id": "65qngkdovk8lwr12", "name": "one.test"}])
    assert other.api("GET", "/domains/65qngkdovk8lwr12").status_code == 404
    one.control("POST", "/clock", {"now": "2030-01-01T00:00:00Z"})
    assert other.control("GET", "/clock")["frozen"] is False


def test_reset_empties_everything() -> None:
    process, root, token = start_sandbox("--api-token", "mlsn.fixed")
    try:
        with httpx.Client(base_url=root) as client:
            client.post("/_sandbox/accounts")
            client.post("/_sandbox/seed", json={"domains": [{"name": "a.test"}]})
            answer = client.post("/_sandbox/reset").json()
            assert answer["api_token"] == token == "mlsn.fixed"
            headers = {"Authorization": f"Bearer {token}"}
            assert client.get("/v1/domains", headers=headers).json()["data"] == []
            assert len(client.get("/_sandbox/accounts").json()["data"]) == 1
    finally:
        stop_sandbox(process)


def test_reset_of_one_account_leaves_the_others(make_world: Callable[..., World]) -> None:
    one, other = make_world(), make_world()
    for world in (one, other):
        world.seed(users=[{"email": "a@b.test"}])
    one.token = one.control("POST", "/reset")["api_token"]
    assert one.api("GET", "/users").json()["data"] == []
    assert len(other.api("GET", "/users").json()["data"]) == 1


def refuse(world: World, path: str, payload: Any) -> str:
    answer = world.client.post(
        f"{world.root}/_sandbox{path}", params={"account": world.account_id}, json=payload
    )
    assert answer.status_code == 422, answer.text
    return str(answer.json()["message"])


@pytest.mark.parametrize(
    ("payload", "near"),
    [
        ({"domain": []}, "'domains'"),
        ({"hard_bounce": []}, "'hard_bounces'"),
        ({"account": {"daily_qouta": 1}}, "'daily_quota'"),
        ({"account": {"plan": "Stater"}}, "'Starter'"),
    ],
)
def test_unknown_seed_keys_name_the_nearest(world: World, payload: Any, near: str) -> None:
    assert near in refuse(world, "/seed", payload)


@pytest.mark.parametrize(
    "payload",
    [
        {"domains": {}},
        {"domains": [{"id": "x"}]},
        {"users": [{"name": "no email"}]},
        {"messages": [{"domain": {"id": "unknown"}}]},
        {"domains": [{"name": "a.test", "created_at": "yesterday"}]},
        {"account": {"rate_limits": "sometimes"}},
    ],
)
def test_seeds_that_cannot_be_planted_say_why(world: World, payload: Any) -> None:
    assert refuse(world, "/seed", payload)


def test_a_token_of_another_account_is_refused(make_world: Callable[..., World]) -> None:
    first, second = make_world(), make_world()
    secret = first.token_with("domains_read")
    refused = second.client.post(
        f"{second.root}/_sandbox/seed",
        params={"account": second.account_id},
        json={"domains": [{"name": "late.test"}], "tokens": [{"accessToken": secret}]},
    )
    assert refused.status_code == 422
    assert first.account_id in refused.json()["message"]
    assert second.api("GET", "/domains").json()["data"] == []
    assert first.token_with("domains_read") == secret, "its own account may seed it again"


def test_a_refused_seed_leaves_no_trace(world: World) -> None:
    payload = {
        "now": None,
        "account": {"plan": "Trial"},
        "domains": [{"name": "half.test"}],
        "users": [{"name": "no email"}],
    }
    assert refuse(world, "/seed", payload)
    assert world.control("GET", "/clock")["frozen"] is True
    assert world.api("GET", "/api-quota").json()["quota"] == -1
    assert world.api("GET", "/domains").json()["meta"]["total"] == 2


def test_seeds_are_read_back_as_they_were_given(world: World) -> None:
    domain_id = world.domains["shop.test"]
    world.seed(
        messages=[
            {
                "id": "6888bb9efa41a66318120533",
                "created_at": "2026-03-09T10:00:00.000000Z",
                "emails": [
                    {
                        "id": "6888bb9efa41a66318120534",
                        "from": "a@shop.test",
                        "subject": "Seeded",
                        "status": "delivered",
                        "recipient": {"id": "6888bb9efa41a66318120535", "email": "r@b.test"},
                    }
                ],
                "domain": {"id": domain_id},
            }
        ],
        activities=[
            {
                "id": "6888bb9efa41a66318120536",
                "type": "opened",
                "created_at": "2026-03-09T11:00:00.000000Z",
                "domain_id": domain_id,
                "email_id": "6888bb9efa41a66318120534",
                "meta": {"country": "PT"},
            }
        ],
        hard_bounces=[{"recipient": {"email": "r@b.test"}, "reason": "gone"}],
        sms_numbers=[{"id": "7z3m5jgrogdpyo6n", "telephone_number": "+1555"}],
        smtp_users=[{"id": "s1", "domain_id": domain_id, "name": "relay"}],
    )
    message = world.api("GET", "/messages/6888bb9efa41a66318120533").json()["data"]
    assert message["emails"][0]["subject"] == "Seeded"
    activity = world.api("GET", "/activities/6888bb9efa41a66318120536").json()["data"]
    assert activity["email"]["recipient"]["id"] == "6888bb9efa41a66318120535"
    bounce = world.api("GET", "/suppressions/hard-bounces").json()["data"][0]
    assert bounce["reason"] == "gone"
    assert bounce["recipient"]["domain"]["name"] == "shop.test"
    assert world.api("GET", "/sms-numbers/7z3m5jgrogdpyo6n").json()["data"]["telephone_number"]
    users = world.api("GET", f"/domains/{domain_id}/smtp-users").json()["data"]
    assert users[0]["name"] == "relay"


def test_the_clock_freezes_advances_and_resumes(world: World) -> None:
    assert world.control("GET", "/clock")["now"] == "2026-03-10T12:00:00.000+00:00"
    turned = world.control("POST", "/clock", {"advance": 90})
    assert turned["now"] == "2026-03-10T12:01:30.000+00:00"
    assert turned["frozen"] is True
    assert world.control("POST", "/clock", {"now": None})["frozen"] is False
    for wrong in ({}, {"advance": -1}, {"now": "x"}, {"nwo": None}):
        assert refuse(world, "/clock", wrong)


@pytest.mark.parametrize(
    ("local", "status", "events", "listed"),
    [
        ("ada", "delivered", ["queued", "sent", "delivered"], None),
        ("bounce+hard", "rejected", ["queued", "sent", "hard_bounced"], "hard-bounces"),
        ("bounce+soft+7", "rejected", ["queued", "sent", "soft_bounced"], None),
        (
            "complain",
            "delivered",
            ["queued", "sent", "delivered", "spam_complaints"],
            "spam-complaints",
        ),
        (
            "unsubscribe",
            "delivered",
            ["queued", "sent", "delivered", "unsubscribed"],
            "unsubscribes",
        ),
        ("defer", "delivered", ["queued", "sent", "deferred", "delivered"], None),
        (
            "click",
            "delivered",
            [
                "queued",
                "sent",
                "delivered",
                "opened",
                "opened_unique",
                "clicked",
                "clicked_unique",
            ],
            None,
        ),
    ],
)
def test_addresses_decide_what_becomes_of_mail(
    world: World, local: str, status: str, events: list[str], listed: str | None
) -> None:
    world.send(to=[{"email": f"{local}@b.test"}])
    world.advance(3600)
    path = f"/activity/{world.domains['shop.test']}"
    rows = world.api("GET", path, params={"date_from": 1773100000, "date_to": 1773147600}).json()
    assert [row["type"] for row in reversed(rows["data"])] == events
    assert rows["data"][0]["email"]["status"] == status
    if listed is not None:
        entries = world.api("GET", f"/suppressions/{listed}").json()["data"]
        assert entries[0]["recipient"]["email"] == f"{local}@b.test"
        again = world.send(to=[{"email": f"{local}@b.test"}])
        assert again.json()["warnings"][0]["type"] == "ALL_SUPPRESSED"


def test_delivery_follows_the_clock_step_by_step(world: World) -> None:
    message_id = world.send().headers["x-message-id"]

    def status() -> str:
        message = world.api("GET", f"/messages/{message_id}").json()["data"]
        return str(message["emails"][0]["status"])

    assert status() == "queued"
    world.advance(0.5)
    assert status() == "sent"
    world.advance(5)
    assert status() == "delivered"


def test_five_soft_bounces_put_an_address_on_hold_for_three_days(world: World) -> None:
    for _ in range(5):
        assert "x-message-id" in world.send(to=[{"email": "bounce+soft@b.test"}]).headers
        world.advance(60)
    held = world.send(to=[{"email": "bounce+soft@b.test"}]).json()
    assert held["warnings"][0]["recipients"][0]["reasons"] == ["on_hold"]
    assert len(world.api("GET", "/suppressions/on-hold-list").json()["data"]) == 1
    world.advance(73 * 3600)
    assert "x-message-id" in world.send(to=[{"email": "bounce+soft@b.test"}]).headers


def test_scheduled_messages_wait_and_may_be_cancelled(world: World) -> None:
    first = world.send(send_at=1773144000 + 3600).headers["x-message-id"]
    second = world.send(send_at=1773144000 + 3600).headers["x-message-id"]
    rows = world.api("GET", "/message-schedules", params={"status": "scheduled"}).json()["data"]
    assert [row["message_id"] for row in rows] == [first, second]
    assert world.api("DELETE", f"/message-schedules/{second}").status_code == 204
    assert world.control("GET", "/outbox")["data"] == []
    world.advance(3700)
    assert [row["message_id"] for row in world.control("GET", "/outbox")["data"]] == [first]
    late = world.api("DELETE", f"/message-schedules/{first}")
    assert late.status_code == 404
    assert late.json()["message"].startswith("This message is scheduled to be sent shortly")


def test_events_happen_to_messages(world: World) -> None:
    message_id = world.send().headers["x-message-id"]
    world.advance(10)
    made = world.control("POST", "/events", {"message_id": message_id, "type": "opened"})
    assert [row["type"] for row in made["data"]] == ["opened", "opened_unique"]
    email_id = made["data"][0]["email_id"]
    world.control("POST", "/events", {"email_id": email_id, "type": "hard_bounced"})
    email = world.api("GET", f"/email/{email_id}").json()["data"]
    assert email["status"] == "rejected"
    assert email["interaction"] == ["opened"]
    assert [row["type"] for row in email["activity"]] == [
        "queued",
        "sent",
        "delivered",
        "opened",
        "opened_unique",
        "hard_bounced",
    ]
    assert "'opened'" in refuse(world, "/events", {"message_id": message_id, "type": "openned"})


def test_faults_answer_a_number_of_times(world: World) -> None:
    world.control(
        "POST",
        "/faults",
        [{"method": "GET", "path": "/domains*", "times": 2, "status": 503, "body": {"x": 1}}],
    )
    statuses = [world.api("GET", "/domains").status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert world.api("GET", "/users").status_code == 200


def test_faults_may_say_anything(world: World) -> None:
    fault = {
        "path": "/v1/users",
        "status": 502,
        "body": "<html>Bad gateway</html>",
        "content_type": "text/html",
        "headers": {"Retry-After": "7"},
    }
    world.control("POST", "/faults", [fault])
    answer = world.api("GET", "/users")
    assert answer.status_code == 502
    assert answer.text == "<html>Bad gateway</html>"
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["retry-after"] == "7"


def test_a_malformed_body_leaves_the_effect(world: World) -> None:
    world.control("POST", "/faults", [{"method": "POST", "path": "/domains", "body": "{oops"}])
    answer = world.api("POST", "/domains", json={"name": "made.test"})
    assert (answer.status_code, answer.text) == (201, "{oops")
    assert len(world.api("GET", "/domains").json()["data"]) == 3


@pytest.mark.parametrize(("drop", "count"), [("before", 0), ("after", 1)])
def test_dropped_connections_before_and_after_the_effect(
    world: World, drop: str, count: int
) -> None:
    world.control("POST", "/faults", [{"method": "POST", "path": "/email", "drop": drop}])
    with pytest.raises(httpx.TransportError):
        world.send()
    assert len(world.api("GET", "/messages").json()["data"]) == count
    calls = world.control("GET", "/calls")["data"]
    assert [call["fault"] for call in calls if call["path"] == "/v1/email"] == [f"drop {drop}"]


def test_a_delay_is_really_waited_for(world: World) -> None:
    world.control("POST", "/faults", [{"path": "/users", "delay_ms": 150}])
    assert world.api("GET", "/users").elapsed.total_seconds() >= 0.15


def test_faults_are_listed_cleared_and_checked(world: World) -> None:
    world.control("POST", "/faults", [{"path": "*", "status": 500, "times": None}])
    assert world.api("GET", "/users").status_code == 500
    assert world.control("GET", "/faults")["data"][0]["times"] is None
    assert world.control("DELETE", "/faults") == {"data": []}
    assert world.api("GET", "/users").status_code == 200
    assert "'status'" in refuse(world, "/faults", [{"statuss": 500}])
    assert refuse(world, "/faults", [{"drop": "sideways"}])
    assert refuse(world, "/faults", [{"times": 0}])


def test_calls_are_recorded_in_order_without_the_token(world: World) -> None:
    world.api("GET", "/domains", params={"page": 1})
    world.api("POST", "/email", json=make_email())
    calls = world.control("GET", "/calls")["data"]
    assert [(call["method"], call["path"], call["status"]) for call in calls] == [
        ("GET", "/v1/domains", 200),
        ("POST", "/v1/email", 202),
    ]
    assert calls[0]["query"] == [["page", "1"]]
    assert calls[1]["body"]["subject"] == "Hello"
    assert world.token not in str(calls)


def test_unknown_control_calls_and_accounts_are_404(world: World) -> None:
    assert world.client.get(f"{world.root}/_sandbox/nothing").status_code == 404
    path = f"{world.root}/_sandbox/outbox"
    assert world.client.get(path, params={"account": "unknown"}).status_code == 404
    assert world.client.get(f"{path}/unknown").status_code == 404
    assert world.client.get(f"{world.root}/_sandbox/health").json()["status"] == "ok"


def test_the_start_page_says_what_this_is_not(world: World) -> None:
    page = world.client.get(world.root)
    assert page.headers["content-type"].startswith("text/html")
    assert "not affiliated" in page.text
