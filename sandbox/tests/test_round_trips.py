"""Every resource of email itself: changed through the API, and read back."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.tests.world import World, make_email

NOW = 1773144000


def window(**more: Any) -> dict[str, Any]:
    return {"date_from": NOW - 3600, "date_to": NOW + 600, **more}


@pytest.mark.proves(
    "POST /email",
    "GET /messages",
    "GET /messages/{message_id}",
    "GET /emails",
    "GET /email/{email_id}",
    "GET /activity/{domain_id}",
    "GET /activities/{activity_id}",
)
def test_a_message_tells_one_story_everywhere(world: World) -> None:
    message_id = world.send().headers["x-message-id"]
    world.advance(600)
    assert [row["id"] for row in world.api("GET", "/messages").json()["data"]] == [message_id]
    message = world.api("GET", f"/messages/{message_id}").json()["data"]
    email = message["emails"][0]
    domain_id = world.domains["shop.test"]
    query = window(domain_id=domain_id)
    rows = world.api("GET", "/emails", params=query).json()["data"]
    assert [row["id"] for row in rows] == [email["id"]]
    shown = world.api("GET", f"/email/{email['id']}").json()["data"]
    assert shown["recipient"]["email"] == "ada@customer.test"
    types = [entry["type"] for entry in shown["activity"]]
    assert types == ["queued", "sent", "delivered"]
    activity = world.api("GET", f"/activity/{domain_id}", params=window()).json()["data"]
    assert [row["type"] for row in reversed(activity)] == types
    one = world.api("GET", f"/activities/{activity[0]['id']}").json()["data"]
    assert one == activity[0]
    assert {shown["status"], email["status"], one["email"]["status"]} == {"delivered"}


@pytest.mark.proves("POST /bulk-email", "GET /bulk-email/{bulk_email_id}")
def test_a_bulk_goes_through_its_states(world: World) -> None:
    wrong = {**make_email(), "from": "nobody", "to": ["nobody"]}
    answer = world.api("POST", "/bulk-email", json=[make_email(), wrong])
    assert answer.json()["message"] == "The bulk email is being processed."
    path = f"/bulk-email/{answer.json()['bulk_email_id']}"
    states = []
    for _ in range(3):
        states.append(world.api("GET", path).json()["data"])
        world.advance(0.5)
    assert [state["state"] for state in states] == ["queued", "processing", "completed"]
    done = states[-1]
    assert done["validation_errors"] == {
        "message.1": {
            "from.email": ["The from.email field is required. #MS42209"],
            "to.0.email": ["The to.0.email field is required. #MS42209"],
        }
    }
    assert (done["validation_errors_count"], done["total_recipients_count"]) == (1, 2)
    assert len(done["messages_id"]) == 1


@pytest.mark.proves(
    "GET /analytics/date",
    "GET /analytics/country",
    "GET /analytics/ua-name",
    "GET /analytics/ua-type",
)
def test_analytics_count_what_happened(world: World) -> None:
    for person in ("open@b.test", "click@b.test", "bounce+hard@b.test", "complain@b.test"):
        world.send(to=[{"email": person}])
    world.advance(600)
    events = ["sent", "delivered", "opened", "clicked", "hard_bounced", "spam_complaints"]
    query = {**window(), "event[]": events}
    stats = world.api("GET", "/analytics/date", params=query).json()["data"]["stats"]
    counts = {name: sum(row[name] for row in stats) for name in events}
    assert counts == {
        "sent": 4,
        "delivered": 3,
        "opened": 2,
        "clicked": 1,
        "hard_bounced": 1,
        "spam_complaints": 1,
    }
    for path, name in (("country", "US"), ("ua-name", "Sandbox Mail"), ("ua-type", "desktop")):
        shown = world.api("GET", f"/analytics/{path}", params=window()).json()["data"]
        assert shown["stats"] == [{"name": name, "count": 2}]


@pytest.mark.proves(
    "GET /domains",
    "POST /domains",
    "GET /domains/{domain_id}",
    "DELETE /domains/{domain_id}",
    "PUT /domains/{domain_id}/settings",
    "GET /domains/{domain_id}/dns-records",
    "GET /domains/{domain_id}/verify",
    "GET /domains/{domain_id}/recipients",
)
def test_a_domain_lives(world: World) -> None:
    made = world.api("POST", "/domains", json={"name": "fresh.test"}).json()["data"]
    path = f"/domains/{made['id']}"
    changes = {"return_path_subdomain": "rp", "track_content": True}
    assert world.api("PUT", f"{path}/settings", json=changes).status_code == 200
    records = world.api("GET", f"{path}/dns-records").json()["data"]
    assert records["return_path"]["hostname"] == "rp.fresh.test"
    world.advance(61)
    assert world.api("GET", f"{path}/verify").json()["message"] == "The domain is verified."
    world.send(**{"from": {"email": "a@fresh.test"}})
    people = world.api("GET", f"{path}/recipients").json()["data"]
    assert [row["email"] for row in people] == ["ada@customer.test"]
    verified = world.api("GET", "/domains", params={"verified": "true"}).json()
    assert made["id"] in [row["id"] for row in verified["data"]]
    assert world.api("GET", path).json()["data"]["domain_settings"]["track_content"] is True
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


@pytest.mark.proves(
    "GET /message-schedules",
    "GET /message-schedules/{message_id}",
    "DELETE /message-schedules/{message_id}",
)
def test_a_scheduled_message_can_be_taken_back_in_time(world: World) -> None:
    kept, taken = (
        world.send(send_at=NOW + 3600, subject=subject).headers["x-message-id"]
        for subject in ("Kept", "Taken")
    )
    rows = world.api("GET", "/message-schedules", params={"status": "scheduled"}).json()["data"]
    assert [row["subject"] for row in rows] == ["Kept", "Taken"]
    assert list(rows[0]) == [
        "message_id",
        "subject",
        "send_at",
        "status",
        "status_message",
        "created_at",
    ]
    shown = world.api("GET", f"/message-schedules/{kept}").json()["data"]
    assert shown["domain"]["name"] == "shop.test"
    assert world.api("DELETE", f"/message-schedules/{taken}").status_code == 204
    world.advance(3700)
    assert world.api("GET", f"/message-schedules/{taken}").status_code == 404
    assert world.api("GET", f"/message-schedules/{kept}").json()["data"]["status"] == "sent"
    late = world.api("DELETE", f"/message-schedules/{kept}")
    assert late.status_code == 404
    assert late.json()["message"].startswith("This message is scheduled to be sent shortly")
    assert [letter["subject"] for letter in world.control("GET", "/outbox")["data"]] == ["Kept"]


@pytest.mark.proves(
    "GET /recipients", "GET /recipients/{recipient_id}", "DELETE /recipients/{recipient_id}"
)
def test_a_deleted_recipient_is_written_to_no_more(world: World) -> None:
    world.send()
    row = world.api("GET", "/recipients").json()["data"][0]
    assert world.api("GET", f"/recipients/{row['id']}").json()["data"]["email"] == row["email"]
    assert world.api("DELETE", f"/recipients/{row['id']}").status_code == 204
    assert world.api("GET", f"/recipients/{row['id']}").status_code == 404
    warning = world.send().json()["warnings"][0]
    assert warning["type"] == "ALL_SUPPRESSED"
    assert warning["recipients"][0]["reasons"] == ["blocklisted"]


LISTS = [
    ("blocklist", "blocklisted"),
    ("hard-bounces", "hard_bounced"),
    ("spam-complaints", "spam_complaint"),
    ("unsubscribes", "unsubscribed"),
]


@pytest.mark.proves(
    "GET /suppressions/blocklist",
    "POST /suppressions/blocklist",
    "DELETE /suppressions/blocklist",
    "GET /suppressions/hard-bounces",
    "POST /suppressions/hard-bounces",
    "DELETE /suppressions/hard-bounces",
    "GET /suppressions/spam-complaints",
    "POST /suppressions/spam-complaints",
    "DELETE /suppressions/spam-complaints",
    "GET /suppressions/unsubscribes",
    "POST /suppressions/unsubscribes",
    "DELETE /suppressions/unsubscribes",
)
def test_lists_stop_mail_and_let_it_go_again(world: World) -> None:
    body = {"domain_id": world.domains["shop.test"], "recipients": ["ada@customer.test"]}
    for name, reason in LISTS:
        path = f"/suppressions/{name}"
        made = world.api("POST", path, json=body)
        assert made.status_code == 201
        entry = made.json()["data"][0]
        assert [row["id"] for row in world.api("GET", path).json()["data"]] == [entry["id"]]
        warned = world.send(cc=[{"email": "bob@b.test"}])
        assert warned.json()["warnings"][0]["recipients"][0]["reasons"] == [reason]
        gone = world.api("DELETE", path, json={"ids": [entry["id"]]})
        assert (gone.status_code, gone.json()) == (200, [])
        assert world.api("GET", path).json()["data"] == []
        assert world.send().content == b""


@pytest.mark.proves("GET /suppressions/on-hold-list", "DELETE /suppressions/on-hold-list")
def test_five_soft_bounces_hold_an_address_for_three_days(world: World) -> None:
    to = [{"email": "bounce+soft@b.test"}]
    held = "/suppressions/on-hold-list"
    for place in range(5):
        assert world.api("GET", held).json()["data"] == [], place
        world.send(to=to)
        world.advance(86_400)
    row = world.api("GET", held).json()["data"][0]
    assert row["recipient"]["email"] == "bounce+soft@b.test"
    warning = world.send(to=to).json()["warnings"][0]
    assert warning["recipients"][0]["reasons"] == ["on_hold"]
    world.advance(72 * 3600)
    assert world.api("GET", held).json()["data"] == []
    world.send(to=to)
    world.advance(60)
    again = world.api("GET", held).json()["data"]
    assert len(again) == 1
    assert world.api("DELETE", held, json={"ids": [again[0]["id"]]}).json() == []
    assert world.api("GET", held).json()["data"] == []


@pytest.mark.proves(
    "GET /templates",
    "POST /templates",
    "GET /templates/{template_id}",
    "PUT /templates/{template_id}",
    "DELETE /templates/{template_id}",
)
def test_a_template_lives_and_is_sent(world: World) -> None:
    body = {
        "html": "<p>Hi {{ name }}</p>",
        "auto_generate": True,
        "domain_id": world.domains["shop.test"],
        "tags": ["note"],
    }
    made = world.api("POST", "/templates", json=body)
    assert made.status_code == 201
    template_id = made.json()["data"]["id"]
    path = f"/templates/{template_id}"
    world.api("PUT", path, json={"name": "Note", "html": "<p>Dear {{ name }}</p>"})
    personal = [{"email": "ada@customer.test", "data": {"name": "Ada"}}]
    world.send(template_id=template_id, html=None, text=None, personalization=personal)
    world.advance(10)
    shown = world.api("GET", path).json()["data"]
    assert shown["name"] == "Note"
    assert shown["variables"]["personalization"] == {"name": ""}
    assert (shown["template_stats"]["total"], shown["template_stats"]["delivered"]) == (1, 1)
    letter = world.control("GET", "/outbox")["data"][0]
    html = world.control("GET", f"/outbox/{letter['message_id']}")["html"]
    assert "Dear Ada" in html
    assert [row["id"] for row in world.api("GET", "/templates").json()["data"]] == [template_id]
    assert world.api("DELETE", path).content == b""
    assert world.api("GET", path).status_code == 404


@pytest.mark.proves(
    "GET /token",
    "POST /token",
    "GET /token/{token_id}",
    "PUT /token/{token_id}",
    "PUT /token/{token_id}/settings",
    "DELETE /token/{token_id}",
)
def test_a_token_lives(world: World) -> None:
    body = {"name": "mailer", "scopes": ["email_full"]}
    made = world.api("POST", "/token", json=body)
    assert made.status_code == 200
    token = made.json()["data"]
    assert list(token) == [
        "id",
        "accessToken",
        "name",
        "created_at",
        "scopes",
        "has_full",
        "domain",
        "preview",
        "expires_at",
    ]
    path = f"/token/{token['id']}"
    assert world.api("PUT", path, json={"name": "again"}).json()["data"]["name"] == "again"
    assert world.api("PUT", f"{path}/settings", json={"status": "pause"}).status_code == 200
    shown = world.api("GET", path).json()["data"]
    assert (shown["name"], shown["status"]) == ("again", "pause")
    assert shown in world.api("GET", "/token").json()["data"]
    gone = world.api("DELETE", path)
    assert (gone.status_code, gone.content) == (200, b"")
    assert world.api("GET", path).status_code == 404


def test_seeded_tokens_are_the_whole_list(world: World) -> None:
    row = {
        "id": "5e" * 40,
        "name": "Reporting",
        "status": "unpause",
        "created_at": "2025-07-29T12:22:38.000000Z",
        "scopes": ["activity_read"],
        "domain": None,
    }
    world.seed(tokens=[row])
    assert world.api("GET", "/token").json()["data"] == [row]


@pytest.mark.proves(
    "GET /webhooks",
    "POST /webhooks",
    "GET /webhooks/{webhook_id}",
    "PUT /webhooks/{webhook_id}",
    "DELETE /webhooks/{webhook_id}",
)
def test_a_webhook_lives(world: World) -> None:
    domain_id = world.domains["shop.test"]
    world.seed(webhooks=[{"url": "https://hooks.example.com/a", "domain_id": domain_id}])
    body = {
        "url": "https://hooks.example.com/b",
        "name": "Hook",
        "events": ["activity.sent"],
        "domain_id": domain_id,
    }
    world.advance(5)
    made = world.api("POST", "/webhooks", json=body)
    assert made.status_code == 201, made.text
    path = f"/webhooks/{made.json()['data']['id']}"
    world.api("PUT", path, json={"events": ["activity.opened"], "enabled": False})
    shown = world.api("GET", path).json()["data"]
    assert (shown["events"], shown["enabled"]) == (["activity.opened"], False)
    listed = world.api("GET", "/webhooks", params={"domain_id": domain_id}).json()
    assert listed["meta"]["total"] == 2
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


@pytest.mark.proves(
    "GET /users",
    "POST /users",
    "GET /users/{user_id}",
    "PUT /users/{user_id}",
    "DELETE /users/{user_id}",
    "GET /invites",
    "GET /invites/{invite_id}",
    "POST /invites/{invite_id}/resend",
    "DELETE /invites/{invite_id}",
)
def test_people_are_invited_join_and_leave(world: World) -> None:
    invites = [
        world.api("POST", "/users", json={"email": email, "role": "Designer"}).json()["data"]
        for email in ("new@shop.test", "other@shop.test")
    ]
    one, other = (f"/invites/{invite['id']}" for invite in invites)
    world.advance(60)
    again = world.api("POST", f"{one}/resend").json()["data"]
    assert again["updated_at"] > invites[0]["updated_at"]
    assert world.api("GET", one).json()["data"] == again
    assert world.api("DELETE", other).status_code == 204
    assert world.api("GET", "/invites").json()["data"] == [again]
    joined = world.control(
        "POST", "/events", {"type": "invite.accepted", "invite_id": invites[0]["id"]}
    )
    path = f"/users/{joined['data'][0]['user_id']}"
    assert world.api("GET", path).json()["data"]["email"] == "new@shop.test"
    change = {"role": "Custom User", "permissions": ["read-activity"]}
    assert world.api("PUT", path, json=change).json()["data"]["role"] == "Custom User"
    assert world.api("GET", "/users").json()["data"][0]["permissions"] == ["read-activity"]
    assert world.api("GET", "/invites").json()["data"] == []
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


def test_a_starter_plan_has_five_people(world: World) -> None:
    world.seed(account={"plan": "Starter"}, users=[{"email": f"u{n}@b.test"} for n in range(5)])
    answer = world.api("POST", "/users", json={"email": "six@b.test", "role": "Admin"})
    assert list(answer.json()["errors"]) == ["email"]


@pytest.mark.proves("GET /api-quota")
def test_the_quota_counts_down_and_comes_back(world: World) -> None:
    world.seed(account={"daily_quota": 10})
    world.api("POST", "/domains", json={})
    expected = {"quota": 10, "remaining": 9, "reset": "2026-03-11T00:00:00Z"}
    assert world.api("GET", "/api-quota").json() == expected
    world.advance(86_400)
    assert world.api("GET", "/api-quota").json()["remaining"] == 10


def test_a_domain_s_token_sends_bulk_from_that_domain_only(world: World) -> None:
    world.seed(domains=[{"id": "vz9dlem9wn14kj50", "name": "other.test"}])
    secret = "mlsn.other"
    token = {"scopes": ["email_full"], "accessToken": secret, "domain_id": "vz9dlem9wn14kj50"}
    world.seed(tokens=[token])
    taken = world.api("POST", "/bulk-email", token=secret, json=[make_email()])
    world.advance(2)
    done = world.api("GET", f"/bulk-email/{taken.json()['bulk_email_id']}").json()["data"]
    assert "#MS42207" in done["validation_errors"]["message.0"]["from.email"][0]
