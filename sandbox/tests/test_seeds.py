"""What one world shows, another can be seeded with; it then shows the same, to the byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sandbox.tests.test_properties import BODIES, NUMBER, TEMPLATE
from sandbox.tests.world import NOW, World

Json = dict[str, Any]
DOMAIN_ID = "65qngkdovk8lwr12"
WINDOW = {"date_from": "1773100000", "date_to": "1773144300"}
BY_DOMAIN = {"domain_id": DOMAIN_ID}
BY_NUMBER = {"sms_number_id": NUMBER["id"]}
# Kind of the seed -> its list, the query that list needs, and its single read.
READS: dict[str, tuple[str, Json, str | None]] = {
    "domains": ("/domains", {}, "/domains/{id}"),
    "users": ("/users", {}, "/users/{id}"),
    "invites": ("/invites", {}, "/invites/{id}"),
    "tokens": ("/token", {}, "/token/{id}"),
    "templates": ("/templates", {}, "/templates/{id}"),
    "webhooks": ("/webhooks", BY_DOMAIN, "/webhooks/{id}"),
    "recipients": ("/recipients", {}, "/recipients/{id}"),
    "messages": ("/messages", {}, "/messages/{id}"),
    "activities": (f"/activity/{DOMAIN_ID}", WINDOW, "/activities/{id}"),
    "emails": ("/emails", {**WINDOW, **BY_DOMAIN}, "/email/{id}"),
    "blocklist": ("/suppressions/blocklist", {}, None),
    "hard_bounces": ("/suppressions/hard-bounces", {}, None),
    "spam_complaints": ("/suppressions/spam-complaints", {}, None),
    "unsubscribes": ("/suppressions/unsubscribes", {}, None),
    "identities": ("/identities", {}, "/identities/{id}"),
    "inbounds": ("/inbound", {}, "/inbound/{id}"),
    "message_schedules": ("/message-schedules", {}, None),
    "email_verifications": ("/email-verification", {}, "/email-verification/{id}"),
    "smtp_users": (
        f"/domains/{DOMAIN_ID}/smtp-users",
        {},
        f"/domains/{DOMAIN_ID}/smtp-users/{{id}}",
    ),
    "sms_numbers": ("/sms-numbers", {}, "/sms-numbers/{id}"),
    "sms_recipients": ("/sms-recipients", {}, None),
    "sms_messages": ("/sms-messages", {}, None),
    "sms_activities": ("/sms-activity", {}, None),
    "sms_webhooks": ("/sms-webhooks", BY_NUMBER, "/sms-webhooks/{id}"),
    "sms_inbounds": ("/sms-inbounds", {}, None),
    "dmarc_monitors": ("/dmarc-monitoring", {}, None),
    "blocklist_monitors": ("/blocklist-monitoring", {}, "/blocklist-monitoring/{id}"),
    "whatsapp_messages": ("/whatsapp/messages", {}, "/whatsapp/messages/{id}"),
    "whatsapp_items": ("/whatsapp/items", {}, "/whatsapp/items/{id}"),
    "whatsapp_recipients": ("/whatsapp/recipients", {}, "/whatsapp/recipients/{id}"),
    "whatsapp_templates": ("/whatsapp/templates", {}, "/whatsapp/templates/{id}"),
}
CREATIONS = [operation for operation in BODIES if operation.startswith("POST ")]


def fill(world: World) -> None:
    """Make one of everything through the API, and let time pass over it."""
    world.seed(
        templates=[{**TEMPLATE, "type": "gh"}],
        sms_numbers=[NUMBER],
        whatsapp_templates=[TEMPLATE],
        users=[{"email": "boss@shop.test", "role": "Admin"}],
        account={"creation_throttle_seconds": 0},
    )
    for operation in CREATIONS:
        path = operation.partition(" ")[2].replace("{domain_id}", DOMAIN_ID)
        answer = world.api("POST", path, json=BODIES[operation])
        assert answer.status_code < 300, (operation, answer.text)
    for person in ("open@b.test", "bounce+hard@b.test", "complain@b.test", "unsubscribe@b.test"):
        world.send(to=[{"email": person}], settings={"track_content": True})
    world.send(send_at=1773144000 + 3600, subject="Later")
    world.advance(300)


def read_list(world: World, kind: str) -> Any:
    path, query, _ = READS[kind]
    answer = world.api("GET", path, params={"limit": "100", **query})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.fixture
def filled(world: World) -> World:
    fill(world)
    return world


def seed_again(filled: World, make_world: Callable[..., World], kinds: dict[str, Any]) -> World:
    """Make another world of the same moment, from what the first shows."""
    again = make_world(rate_limits="off")
    now = filled.control("GET", "/clock")["now"]
    again.seed(now=now, domains=read_list(filled, "domains").json()["data"], **kinds)
    return again


@pytest.mark.parametrize("kind", READS)
def test_what_is_listed_can_be_seeded(
    filled: World, make_world: Callable[..., World], kind: str
) -> None:
    listed = read_list(filled, kind)
    rows = listed.json()["data"]
    assert rows, kind
    again = seed_again(filled, make_world, {kind: rows} if kind != "domains" else {})
    assert read_list(again, kind).text == listed.text


@pytest.mark.parametrize("kind", [kind for kind, read in READS.items() if read[2]])
def test_what_is_shown_alone_can_be_seeded(
    filled: World, make_world: Callable[..., World], kind: str
) -> None:
    row = read_list(filled, kind).json()["data"][0]
    path = str(READS[kind][2]).format(id=row["id"])
    shown = filled.api("GET", path)
    again = make_world(rate_limits="off")
    now = filled.control("GET", "/clock")["now"]
    others = [] if kind == "domains" else read_list(filled, "domains").json()["data"]
    again.seed(now=now, **{"domains": others, kind: [shown.json()["data"]]})
    assert again.api("GET", path).text == shown.text


def test_a_row_brings_its_domain_along(make_world: Callable[..., World]) -> None:
    world = make_world(rate_limits="off")
    domain = {"id": DOMAIN_ID, "name": "shop.test", "created_at": "2025-01-01T00:00:00.000000Z"}
    world.seed(
        now=NOW,
        webhooks=[{"url": "https://hooks.example.com/x", "domain": domain}],
        identities=[{"email": "a@b.test", "domain": domain}],
        hard_bounces=[{"recipient": {"email": "a@b.test", "domain": domain}}],
    )
    assert world.api("GET", "/domains").json()["meta"]["total"] == 1
    assert read_list(world, "webhooks").json()["data"][0]["domain"]["name"] == "shop.test"
    bounce = read_list(world, "hard_bounces").json()["data"][0]
    assert bounce["recipient"]["domain"]["created_at"] == domain["created_at"]


def test_rows_need_no_domain_at_all(make_world: Callable[..., World]) -> None:
    world = make_world(rate_limits="off")
    row = {"id": "67efa6b0bc82b271476e086f", "email": "p@b.test"}
    world.seed(now=NOW, recipients=[row], messages=[{"id": "6888bb9efa41a66318120533"}])
    assert read_list(world, "recipients").json()["data"][0]["id"] == row["id"]
    assert read_list(world, "messages").json()["data"][0]["id"] == "6888bb9efa41a66318120533"


@pytest.mark.parametrize(
    ("alias", "kind"), [("inbound", "inbounds"), ("sms_activity", "sms_activities")]
)
def test_kinds_have_other_names(world: World, alias: str, kind: str) -> None:
    world.seed(**{alias: [{"name": "x"}]})
    assert len(read_list(world, kind).json()["data"]) == 1


def test_seeding_the_same_twice_changes_nothing(world: World) -> None:
    row = {"id": "6888bb9efa41a66318120533", "emails": [{"id": "6888bb9efa41a66318120534"}]}
    world.seed(messages=[row])
    world.seed(messages=[row])
    shown = world.api("GET", f"/messages/{row['id']}").json()["data"]
    assert len(shown["emails"]) == 1
