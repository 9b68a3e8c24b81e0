"""WhatsApp, as far as clients know it."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.tests.world import World

TEMPLATE = {
    "id": "z7n3y4qx0m1gkr2p",
    "name": "order_shipped",
    "status": "approved",
    "category": "UTILITY",
}
SEND: dict[str, Any] = {
    "from": "12025550143",
    "to": ["12025550188", "12025550001", "12025550002"],
    "template_id": TEMPLATE["id"],
}


@pytest.mark.proves(
    "POST /whatsapp/send",
    "GET /whatsapp/messages",
    "GET /whatsapp/messages/{whatsapp_message_id}",
    "GET /whatsapp/items",
    "GET /whatsapp/items/{whatsapp_item_id}",
    "GET /whatsapp/activities",
    "GET /whatsapp/recipients",
    "GET /whatsapp/recipients/{whatsapp_recipient_id}",
    "GET /whatsapp/templates",
    "GET /whatsapp/templates/{whatsapp_template_id}",
)
def test_a_message_is_sent_and_followed(world: World) -> None:
    world.seed(whatsapp_templates=[TEMPLATE])
    sent = world.api("POST", "/whatsapp/send", json=SEND)
    assert sent.status_code == 202
    message_id = sent.headers["x-whatsapp-message-id"]
    world.advance(10)
    assert world.api("GET", "/whatsapp/messages").json()["data"][0]["id"] == message_id
    message = world.api("GET", f"/whatsapp/messages/{message_id}").json()["data"]
    assert message["template_id"] == TEMPLATE["id"]
    items = world.api("GET", "/whatsapp/items", params={"whatsapp_message_id": message_id})
    by_number = {item["recipient"]: item for item in items.json()["data"]}
    assert [by_number[number]["status"] for number in SEND["to"]] == [
        "delivered",
        "read",
        "failed",
    ]
    item = by_number[SEND["to"][1]]
    assert world.api("GET", f"/whatsapp/items/{item['id']}").json()["data"] == item
    failed = world.api("GET", "/whatsapp/items", params={"status[]": "failed"}).json()["data"]
    assert [each["recipient"] for each in failed] == [SEND["to"][2]]
    query = {"whatsapp_item_id": item["id"]}
    activities = world.api("GET", "/whatsapp/activities", params=query).json()["data"]
    assert [each["type"] for each in activities] == ["read", "delivered", "sent", "queued"]
    recipients = world.api("GET", "/whatsapp/recipients").json()["data"]
    assert len(recipients) == 3
    one = f"/whatsapp/recipients/{recipients[0]['id']}"
    assert world.api("GET", one).json()["data"] == recipients[0]
    templates = world.api("GET", "/whatsapp/templates", params={"category": "UTILITY"})
    assert templates.json()["data"] == [TEMPLATE]
    assert world.api("GET", f"/whatsapp/templates/{TEMPLATE['id']}").json()["data"] == TEMPLATE


@pytest.mark.proves(
    "GET /whatsapp/inbound-messages",
    "GET /whatsapp/inbound-messages/{whatsapp_inbound_message_id}",
)
def test_a_message_comes_in(world: World) -> None:
    world.control(
        "POST", "/events", {"type": "whatsapp.inbound", "from": "12025550188", "text": "Hi"}
    )
    rows = world.api("GET", "/whatsapp/inbound-messages", params={"type[]": "text"}).json()["data"]
    assert rows[0]["from"] == "12025550188"
    one = f"/whatsapp/inbound-messages/{rows[0]['id']}"
    assert world.api("GET", one).json()["data"] == rows[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": "me"}, "from"),
        ({"to": []}, "to"),
        ({"to": ["12025550188"] * 11}, "to"),
        ({"to": ["nobody"]}, "to.0"),
        ({"template_id": "unknown"}, "template_id"),
        (
            {"personalization": [{"to": "1202555999", "data": {"body": []}}]},
            "personalization.0.to",
        ),
        (
            {"personalization": [{"to": "12025550188", "data": {"header": ["x" * 61]}}]},
            "personalization.0.data.header.0",
        ),
    ],
)
def test_wrong_sends_are_refused(world: World, changes: dict[str, Any], field: str) -> None:
    world.seed(whatsapp_templates=[TEMPLATE])
    answer = world.api("POST", "/whatsapp/send", json={**SEND, **changes})
    assert answer.status_code == 422
    assert field in answer.json()["errors"]
