"""The rules of each resource, seen through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sandbox.tests.world import World

SETTINGS = [
    "send_paused",
    "track_clicks",
    "track_opens",
    "track_opens_pixel_on_top",
    "track_unsubscribe",
    "track_unsubscribe_html",
    "track_unsubscribe_html_enabled",
    "track_unsubscribe_plain",
    "track_unsubscribe_plain_enabled",
    "track_content",
    "custom_tracking_enabled",
    "custom_tracking_subdomain",
    "return_path_subdomain",
    "inbound_routing_enabled",
    "inbound_routing_subdomain",
    "precedence_bulk",
    "ignore_duplicated_recipients",
    "show_dmarc",
]


def test_a_domain_has_three_shapes(world: World) -> None:
    made = world.api("POST", "/domains", json={"name": "fresh.test"}).json()["data"]
    assert made["dkim"] is None
    assert made["can"] == {"manage": True}
    assert list(made["domain_settings"]) == SETTINGS
    path = f"/domains/{made['id']}"
    read = world.api("GET", path).json()["data"]
    assert read["totals"] == {"sent": 0, "delivered": 0, "hard_bounced": 0, "soft_bounced": 0}
    assert read["domain_stats"]["total"] == 0
    listed = world.api("GET", "/domains").json()["data"]
    assert listed[0]["id"] == made["id"]
    assert listed[0]["totals"] == []
    settings = world.api("PUT", f"{path}/settings", json={"track_clicks": False}).json()["data"]
    assert settings["totals"] == []
    assert settings["domain_settings"]["track_clicks"] is False


def test_domain_stats_count_what_was_sent(world: World) -> None:
    world.send(to=[{"email": "a@b.test"}, {"email": "bounce+hard@b.test"}])
    world.advance(60)
    read = world.api("GET", f"/domains/{world.domains['shop.test']}").json()["data"]
    assert read["domain_stats"] == {
        "total": 2,
        "queued": 0,
        "sent": 0,
        "rejected": 1,
        "delivered": 1,
    }
    assert read["totals"]["hard_bounced"] == 1


def test_a_domain_is_verified_by_time(world: World) -> None:
    made = world.api("POST", "/domains", json={"name": "fresh.test"}).json()["data"]
    path = f"/domains/{made['id']}/verify"
    before = world.api("GET", path).json()
    assert before["message"] != "The domain is verified."
    assert world.send(**{"from": {"email": "a@fresh.test"}}).status_code == 422
    world.advance(120)
    after = world.api("GET", path).json()
    assert after["message"] == "The domain is verified."
    assert list(after["data"]) == ["dkim", "spf", "mx", "tracking", "cname", "rp_cname"]
    assert world.send(**{"from": {"email": "a@fresh.test"}}).status_code == 202


def test_dns_records_follow_the_subdomains(world: World) -> None:
    path = f"/domains/{world.domains['shop.test']}"
    world.api("PUT", f"{path}/settings", json={"custom_tracking_subdomain": "track"})
    records = world.api("GET", f"{path}/dns-records").json()["data"]
    assert records["custom_tracking"]["hostname"] == "track.shop.test"
    assert records["inbound_routing"]["priority"] == "10"
    assert records["spf"]["value"] == "v=spf1 include:_spf.mailersend.net ~all"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "Upper.test"}, "name"),
        ({"name": "nodots"}, "name"),
        ({"name": "shop.test"}, "name"),
        ({"name": "a.test", "return_path_subdomain": "a b"}, "return_path_subdomain"),
    ],
)
def test_wrong_domains_are_refused(world: World, body: dict[str, Any], field: str) -> None:
    answer = world.api("POST", "/domains", json=body)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_unsubscribe_texts_keep_their_placeholder(world: World) -> None:
    path = f"/domains/{world.domains['shop.test']}/settings"
    answer = world.api("PUT", path, json={"track_unsubscribe_plain": "bye"})
    assert answer.status_code == 422
    good = world.api("PUT", path, json={"track_unsubscribe_plain": "bye {{ unsubscribe }}"})
    assert good.status_code == 200


def test_tokens_live_and_are_paused(world: World) -> None:
    body = {"name": "mailer", "scopes": ["email_full"], "domain_id": world.domains["shop.test"]}
    made = world.api("POST", "/token", json=body).json()["data"]
    assert made["has_full"] is False
    assert made["domain"]["name"] == "shop.test"
    assert made["expires_at"] is None
    secret, path = made["accessToken"], f"/token/{made['id']}"
    shown = world.api("GET", path).json()["data"]
    assert "accessToken" not in shown
    assert shown["status"] == "unpause"
    assert world.api("POST", "/email", token=secret, json={}).status_code == 422
    paused = world.api("PUT", f"{path}/settings", json={"status": "pause"}).json()["data"]
    assert paused["status"] == "pause"
    assert world.api("POST", "/email", token=secret, json={}).status_code == 401
    renamed = world.api("PUT", path, json={"name": "again", "status": "unpause"}).json()["data"]
    assert (renamed["name"], renamed["status"]) == ("again", "unpause")
    assert world.api("DELETE", path).status_code == 200
    assert world.api("POST", "/email", token=secret, json={}).status_code == 401


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {},
            {
                "name": ["The name field is required. #MS42209"],
                "scopes": ["The scopes field is required. #MS42209"],
            },
        ),
        (
            {"name": "x" * 51, "scopes": ["email_full", "nope"]},
            {
                "name": ["The name must not be greater than 50 characters."],
                "scopes.1": ["The selected scopes.1 is invalid."],
            },
        ),
    ],
)
def test_wrong_tokens_are_refused(
    world: World, body: dict[str, Any], errors: dict[str, Any]
) -> None:
    assert world.api("POST", "/token", json=body).json()["errors"] == errors


def test_inviting_and_changing_people(world: World) -> None:
    body = {"email": "new@shop.test", "role": "Custom User", "permissions": ["read-activity"]}
    made = world.api("POST", "/users", json=body)
    assert made.status_code == 201
    invite = made.json()["data"]
    assert list(invite) == [
        "id",
        "email",
        "data",
        "role",
        "permissions",
        "requires_periodic_password_change",
        "created_at",
        "updated_at",
    ]
    path = f"/invites/{invite['id']}"
    assert world.api("GET", "/invites").json()["meta"]["total"] == 1
    assert world.api("POST", f"{path}/resend").json()["data"]["id"] == invite["id"]
    taken = world.api("POST", "/users", json=body).json()
    assert taken["message"] == "The email has already been taken."
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


def test_what_people_may_is_checked(world: World) -> None:
    body = {"email": "a@b.test", "role": "King", "permissions": ["rule"], "templates": []}
    errors = world.api("POST", "/users", json=body).json()
    assert errors["errors"] == {
        "role": ["The selected role is invalid."],
        "templates": ["Templates require a read own templates permission. #MS42224"],
        "permissions.0": ["The selected permissions.0 is invalid."],
    }
    assert errors["message"] == "The selected role is invalid. (and 2 more errors)"
    custom = world.api("POST", "/users", json={"email": "a@b.test", "role": "Custom User"})
    assert custom.json()["errors"] == {
        "permissions": ["The permissions field is required when role is custom user. #MS42232"]
    }


def test_users_are_shown_changed_and_removed(world: World) -> None:
    world.seed(
        users=[
            {"id": "neqvygmmmkjg0p7w", "email": "boss@shop.test", "role": "Admin"},
            {"id": "0r83ql3mwxmgzw1j", "email": "aide@shop.test", "role": "Manager"},
        ]
    )
    boss = world.api("GET", "/users/neqvygmmmkjg0p7w").json()["data"]
    assert {row["name"] for row in boss["domains"]} == {"shop.test", "new.test"}
    assert boss["2fa"] is False
    change = {
        "role": "Custom User",
        "permissions": ["read-activity"],
        "domains": [world.domains["shop.test"]],
    }
    aide = world.api("PUT", "/users/0r83ql3mwxmgzw1j", json=change).json()["data"]
    assert aide["permissions"] == ["read-activity"]
    assert [row["name"] for row in aide["domains"]] == ["shop.test"]
    assert world.api("DELETE", "/users/0r83ql3mwxmgzw1j").status_code == 204
    assert world.api("DELETE", "/users/0r83ql3mwxmgzw1j").status_code == 404


def test_a_deleted_recipient_is_blocked(world: World) -> None:
    world.send()
    row = world.api("GET", "/recipients").json()["data"][0]
    single = world.api("GET", f"/recipients/{row['id']}").json()["data"]
    assert single["domain"]["name"] == "shop.test"
    assert single["emails"][0]["subject"] == "Hello"
    assert world.api("DELETE", f"/recipients/{row['id']}").status_code == 204
    entry = world.api("GET", "/suppressions/blocklist").json()["data"][0]
    assert (entry["type"], entry["pattern"]) == ("exact", "ada@customer.test")
    assert entry["domain"]["name"] == "shop.test"


def test_suppressions_are_added_once_and_removed(world: World) -> None:
    body = {"domain_id": world.domains["shop.test"], "recipients": ["a@b.test"]}
    first = world.api("POST", "/suppressions/hard-bounces", json=body)
    assert first.status_code == 201
    again = world.api("POST", "/suppressions/hard-bounces", json=body)
    assert again.json() == first.json()
    entry = first.json()["data"][0]
    assert entry["reason"] == "Unknown reason"
    wrong = world.api("DELETE", "/suppressions/hard-bounces", json={"ids": ["nope"]})
    assert wrong.json()["message"] == "The selected ids.0 is invalid."
    gone = world.api("DELETE", "/suppressions/hard-bounces", json={"ids": [entry["id"]]})
    assert (gone.status_code, gone.json()) == (200, [])
    assert world.api("GET", "/suppressions/hard-bounces").json()["data"] == []


def test_the_blocklist_takes_addresses_and_patterns(world: World) -> None:
    body = {"recipients": ["a@b.test"], "patterns": [".*@spam.test"]}
    rows = world.api("POST", "/suppressions/blocklist", json=body).json()["data"]
    assert [row["type"] for row in rows] == ["exact", "pattern"]
    assert "domain" not in rows[0]
    listed = world.api("GET", "/suppressions/blocklist").json()["data"]
    assert listed[0]["domain"] is None
    empty = world.api("POST", "/suppressions/blocklist", json={})
    assert empty.status_code == 422


def test_lists_are_not_emptied_for_an_unknown_domain(world: World) -> None:
    world.seed(blocklist=[{"pattern": "a@b.test"}])
    answer = world.api("DELETE", "/suppressions/blocklist", json={"all": True, "domain_id": "x"})
    assert answer.json()["errors"] == {"domain_id": ["The selected domain id is invalid."]}
    assert len(world.api("GET", "/suppressions/blocklist").json()["data"]) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/suppressions/hard-bounces", "The domain id field is required. #MS42209"),
        ("/suppressions/spam-complaints", "The domain id field is required. #MS42209"),
        ("/suppressions/unsubscribes", "The domain id field is required. #MS42209"),
        ("/suppressions/blocklist", "The selected domain id is invalid."),
    ],
)
def test_unknown_domains_read_as_missing_or_invalid(world: World, path: str, text: str) -> None:
    answer = world.api("POST", path, json={"domain_id": "x", "recipients": ["a@b.test"]})
    assert answer.json() == {"message": text, "errors": {"domain_id": [text]}}


def test_templates_are_stored_and_changed(world: World) -> None:
    body = {"html": "<p>{{ name }}</p>", "auto_generate": True, "name": "Note"}
    made = world.api("POST", "/templates", json=body)
    assert made.status_code == 201
    template = made.json()["data"]
    assert template["variables"]["personalization"] == {"name": ""}
    assert template["template_stats"]["total"] == 0
    path = f"/templates/{template['id']}"
    assert world.api("PUT", path, json={"name": "Other"}).json()["data"]["name"] == "Other"
    world.seed(templates=[{"id": "neqvygmmmkjg0p7w", "name": "By hand", "type": "dd"}])
    assert world.api("PUT", "/templates/neqvygmmmkjg0p7w", json={}).status_code == 404
    empty = world.api("GET", "/templates", params={"domain_id": world.domains["new.test"]})
    assert empty.json()["data"] == []


def test_webhooks_are_kept(world: World) -> None:
    world.seed(account={"webhook_ping": False})
    body = {
        "url": "http://127.0.0.1:9/hook",
        "name": "Hook",
        "events": ["activity.sent"],
        "domain_id": world.domains["shop.test"],
    }
    made = world.api("POST", "/webhooks", json=body).json()["data"]
    assert made["editable"] is None
    assert len(made["secret"]) == 32
    path = f"/webhooks/{made['id']}"
    assert world.api("GET", path).json()["data"]["editable"] is True
    changed = world.api("PUT", path, json={"enabled": False}).json()["data"]
    assert changed["enabled"] is False
    world.advance(5)
    taken = world.api("POST", "/webhooks", json={**body, "domain_id": "unknown"}).json()
    assert taken["errors"] == {
        "url": ["The url has already been taken."],
        "domain_id": ["The domain id field is required. #MS42209"],
    }
    assert world.api("DELETE", path).status_code == 204


def test_a_webhook_may_be_made_fixed(world: World) -> None:
    body = {
        "url": "https://hooks.example.com/a",
        "name": "Hook",
        "events": ["activity.sent"],
        "domain_id": world.domains["shop.test"],
        "editable": False,
    }
    made = world.api("POST", "/webhooks", json=body).json()["data"]
    path = f"/webhooks/{made['id']}"
    assert world.api("GET", path).json()["data"]["editable"] is False
    assert world.api("PUT", path, json={"editable": True}).json()["data"]["editable"] is True
    assert "editable" in world.api("PUT", path, json={"editable": "x"}).json()["errors"]


@pytest.mark.parametrize(("features", "most"), [({}, 10), ({"trial_to": 1}, 1)])
def test_a_trial_writes_to_few_at_once(
    make_world: Callable[..., World], features: dict[str, int], most: int
) -> None:
    world = make_world(plan="Trial", features={**features, "trial_unique_recipients": 100})
    world.seed(domains=[{"name": "shop.test"}])
    for count, status in ((most, 202), (most + 1, 422)):
        answer = world.send(to=[{"email": f"p{n}@b.test"} for n in range(count)])
        assert answer.status_code == status
    assert answer.json()["message"] == "The to recipient limit is exceeded. #MS42205"


def test_activity_needs_a_window_that_makes_sense(world: World) -> None:
    path = f"/activity/{world.domains['shop.test']}"
    missing = world.api("GET", path).json()
    assert list(missing["errors"]) == ["date_from", "date_to"]
    future = {"date_from": 1773144000, "date_to": 1773144000 + 7200}
    assert "must be before or equal to" in world.api("GET", path, params=future).json()["message"]
    turned = {"date_from": 1773144000, "date_to": 1773140000}
    assert world.api("GET", path, params=turned).status_code == 422
    world.seed(account={"retention_days": 7})
    old = {"date_from": 1773144000 - 8 * 86400, "date_to": 1773144000}
    text = world.api("GET", path, params=old).json()["message"]
    assert text.startswith(
        "Date selection out of range. Your account has a 7-day data retention limit.\n"
    )
    days = {"date_from": "2026-03-09", "date_to": "2026-03-10 12:00:00"}
    assert world.api("GET", path, params=days).status_code == 200


def test_emails_are_looked_up_by_many_things(world: World) -> None:
    first = world.send(tags=["a", "b"]).headers["x-message-id"]
    world.send(subject="Another", to=[{"email": "bob@b.test"}])
    world.advance(10)
    base = {
        "domain_id": world.domains["shop.test"],
        "date_from": 1773140000,
        "date_to": 1773144010,
    }

    def subjects(**more: Any) -> list[str]:
        answer = world.api("GET", "/emails", params={**base, **more})
        assert answer.status_code == 200, answer.text
        return [row["subject"] for row in answer.json()["data"]]

    assert subjects() == ["Another", "Hello"]
    assert subjects(message_id=first) == ["Hello"]
    assert subjects(recipient_email="bob@b.test") == ["Another"]
    assert subjects(tag="a") == ["Hello"]
    assert subjects(subject="noth") == ["Another"]
    assert subjects(**{"status[]": "rejected"}) == []
    assert subjects(**{"interaction[]": "no_interaction"}) == ["Another", "Hello"]
    page = world.api("GET", "/emails", params=base).json()
    assert page["meta"]["current_page_url"].endswith("/v1/emails?page=1")
    row = page["data"][1]
    assert row["html"] is None
    assert row["tags"] == ["a", "b"]
    bare = world.api("GET", "/emails", params={**base, "status": "sent"})
    assert bare.json()["errors"] == {"status": ["The status must be an array."]}


def test_content_is_shown_only_where_it_is_tracked(world: World) -> None:
    plain = world.send().headers["x-message-id"]
    tracked = world.send(settings={"track_content": True}).headers["x-message-id"]
    for message_id, html in ((plain, None), (tracked, "<p>Rich</p>")):
        message = world.api("GET", f"/messages/{message_id}").json()["data"]
        assert message["emails"][0]["html"] == html
        assert message["domain"]["name"] == "shop.test"
        assert "domain_stats" not in message["domain"]
