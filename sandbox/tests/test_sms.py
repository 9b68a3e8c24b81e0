"""Text messages: sending, numbers, recipients, webhooks and inbound routes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sandbox.tests.world import World

NUMBER = {"id": "v2gmoz7kq41xwlr9", "telephone_number": "+12025550143"}
TO = "+12025550188"


@pytest.fixture
def sms(world: World) -> World:
    """A world with one number to send from."""
    world.seed(sms_numbers=[NUMBER])
    return world


def send(world: World, **changes: Any) -> httpx.Response:
    body = {"from": NUMBER["telephone_number"], "to": [TO], "text": "Hello", **changes}
    return world.api("POST", "/sms", json=body)


@pytest.mark.proves(
    "POST /sms",
    "GET /sms-messages",
    "GET /sms-messages/{sms_message_id}",
    "GET /sms-activity",
)
def test_a_message_is_sent_and_followed(sms: World) -> None:
    answer = send(
        sms,
        text="Hi {{ name }}",
        to=[TO, "+12025550199"],
        personalization=[{"phone_number": TO, "data": {"name": "Ada"}}],
    )
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    assert "x-sms-send-paused" not in answer.headers
    message_id = answer.headers["x-sms-message-id"]
    row = sms.api("GET", "/sms-messages").json()["data"][0]
    assert list(row) == ["id", "from", "to", "text", "paused", "created_at"]
    assert row["id"] == message_id
    sms.advance(5)
    shown = sms.api("GET", f"/sms-messages/{message_id}").json()["data"]
    assert [text["text"] for text in shown["sms"]] == ["Hi Ada", "Hi "]
    assert {text["status"] for text in shown["sms"]} == {"delivered"}
    assert len(shown["sms_activity"]) == 6
    query = {"sms_number_id": NUMBER["id"], "status[]": "delivered"}
    activity = sms.api("GET", "/sms-activity", params=query).json()["data"]
    assert [entry["content"] for entry in activity] == ["Hi ", "Hi Ada"]
    assert list(activity[0]) == ["from", "to", "content", "created_at", "status", "sms_message_id"]
    late = {"date_from": 1773144000 + 60}
    assert sms.api("GET", "/sms-activity", params=late).json()["data"] == []


def test_a_stranger_s_number_fails_in_three_ways(world: World) -> None:
    answer = send(world, to=["+1234567891"])
    assert answer.status_code == 422
    assert answer.json() == {
        "message": "The from field contains an invalid number. (and 2 more errors)",
        "errors": {
            "from": ["The from field contains an invalid number."],
            "to": ["Daily quota for this number exceeded."],
            "to.0": ["The to.0 field contains an invalid number."],
        },
    }


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"from": None}, ["from"]),
        ({"to": []}, ["to"]),
        ({"to": [f"+1202555{n:04}" for n in range(1000, 1051)]}, ["to"]),
        ({"to": [TO, "+4915112345678", 5]}, ["to.1", "to.2"]),
        ({"text": None}, ["text"]),
        ({"text": "x" * 2049}, ["text"]),
        ({"personalization": [{"phone_number": "+12025550100", "data": {}}]}, None),
        ({"personalization": [{}]}, None),
    ],
)
def test_wrong_messages_are_refused(
    sms: World, changes: dict[str, Any], fields: list[str] | None
) -> None:
    answer = send(sms, **changes)
    assert answer.status_code == 422
    if fields is not None:
        assert list(answer.json()["errors"]) == fields


@pytest.mark.parametrize(
    ("text", "segments"),
    [("a" * 160, 1), ("a" * 161, 2), ("ä" * 160, 1), ("ж" * 70, 1), ("ж" * 71, 2), ("€", 1)],
)
def test_segments_are_counted(sms: World, text: str, segments: int) -> None:
    message_id = send(sms, text=text).headers["x-sms-message-id"]
    shown = sms.api("GET", f"/sms-messages/{message_id}").json()["data"]
    assert shown["sms"][0]["segment_count"] == segments


def test_a_number_s_ending_makes_it_fail(sms: World) -> None:
    message_id = send(sms, to=["+12025554470"]).headers["x-sms-message-id"]
    sms.advance(5)
    text = sms.api("GET", f"/sms-messages/{message_id}").json()["data"]["sms"][0]
    assert (text["status"], text["error_type"]) == ("failed", "4470")


def test_the_daily_quota_of_a_number_ends(sms: World) -> None:
    sms.seed(account={"sms_daily_quota": 1})
    assert send(sms).status_code == 202
    assert send(sms).json()["errors"] == {"to": ["Daily quota for this number exceeded."]}
    sms.advance(86_400)
    assert send(sms).status_code == 202


@pytest.mark.proves(
    "GET /sms-numbers",
    "GET /sms-numbers/{sms_number_id}",
    "PUT /sms-numbers/{sms_number_id}",
    "DELETE /sms-numbers/{sms_number_id}",
)
def test_a_paused_number_keeps_its_messages(sms: World) -> None:
    path = f"/sms-numbers/{NUMBER['id']}"
    assert sms.api("PUT", path, json={"paused": True}).json()["data"]["paused"] is True
    answer = send(sms)
    assert answer.headers["x-sms-send-paused"] == "true"
    message = f"/sms-messages/{answer.headers['x-sms-message-id']}"
    sms.advance(60)
    assert sms.api("GET", message).json()["data"]["sms"][0]["status"] == "queued"
    assert sms.api("GET", "/sms-numbers", params={"paused": "false"}).json()["data"] == []
    assert sms.api("PUT", path, json={}).status_code == 422
    sms.api("PUT", path, json={"paused": False})
    sms.advance(5)
    assert sms.api("GET", message).json()["data"]["sms"][0]["status"] == "delivered"
    assert sms.api("GET", path).json()["data"]["paused"] is False
    assert sms.api("DELETE", path).status_code == 204
    assert sms.api("GET", path).status_code == 404


@pytest.mark.proves(
    "GET /sms-recipients",
    "GET /sms-recipients/{sms_recipient_id}",
    "PUT /sms-recipients/{sms_recipient_id}",
)
def test_a_recipient_opts_out(sms: World) -> None:
    send(sms)
    page = sms.api("GET", "/sms-recipients", params={"limit": 10}).json()
    assert page["meta"]["per_page"] == "10"
    assert sms.api("GET", "/sms-recipients").json()["meta"]["per_page"] == 25
    row = page["data"][0]
    assert (row["number"], row["status"]) == (TO, "active")
    path = f"/sms-recipients/{row['id']}"
    single = sms.api("GET", path).json()["data"]
    assert single["sms_number"]["telephone_number"] == NUMBER["telephone_number"]
    assert single["sms"][0]["text"] == "Hello"
    out = sms.api("PUT", path, json={"status": "opt_out"}).json()["data"]
    assert list(out) == list(row)
    assert out["opted_out_at"] is not None
    message_id = send(sms).headers["x-sms-message-id"]
    sms.advance(5)
    text = sms.api("GET", f"/sms-messages/{message_id}").json()["data"]["sms"][0]
    assert (text["status"], text["error_type"]) == ("failed", "4775")
    listed = sms.api("GET", "/sms-recipients", params={"status": "opt_out"}).json()["data"]
    assert [each["id"] for each in listed] == [row["id"]]
    assert sms.api("PUT", path, json={"status": "gone"}).status_code == 422


@pytest.mark.proves(
    "GET /sms-webhooks",
    "POST /sms-webhooks",
    "GET /sms-webhooks/{sms_webhook_id}",
    "PUT /sms-webhooks/{sms_webhook_id}",
    "DELETE /sms-webhooks/{sms_webhook_id}",
)
def test_a_webhook_lives(sms: World) -> None:
    body = {
        "url": "https://hooks.example.com/sms",
        "name": "Delivery",
        "events": ["sms.sent", "sms.failed"],
        "sms_number_id": NUMBER["id"],
    }
    made = sms.api("POST", "/sms-webhooks", json=body)
    assert made.status_code == 201
    row = made.json()["data"]
    assert list(row) == [
        "id",
        "url",
        "events",
        "name",
        "enabled",
        "created_at",
        "updated_at",
        "sms_number",
    ]
    path = f"/sms-webhooks/{row['id']}"
    changed = sms.api("PUT", path, json={"enabled": False, "name": "Off"}).json()["data"]
    assert changed == {**row, "enabled": False, "name": "Off"}
    assert sms.api("GET", path).json()["data"] == changed
    listing = sms.api("GET", "/sms-webhooks", params={"sms_number_id": NUMBER["id"]})
    assert listing.json()["data"] == [changed]
    wrong = sms.api("POST", "/sms-webhooks", json={**body, "sms_number_id": "x", "events": ["a"]})
    assert wrong.json()["errors"] == {
        "events.0": ["The selected events.0 is invalid."],
        "sms_number_id": ["The sms number id field is required. #MS42209"],
    }
    missing = sms.api("GET", "/sms-webhooks")
    assert missing.json()["message"] == "The sms number id field is required. #MS42209"
    assert sms.api("DELETE", path).status_code == 204
    assert sms.api("GET", path).status_code == 404


@pytest.mark.proves(
    "GET /sms-inbounds",
    "POST /sms-inbounds",
    "GET /sms-inbounds/{sms_inbound_id}",
    "PUT /sms-inbounds/{sms_inbound_id}",
    "DELETE /sms-inbounds/{sms_inbound_id}",
)
def test_an_inbound_route_lives(sms: World) -> None:
    body = {
        "sms_number_id": NUMBER["id"],
        "name": "Answers",
        "forward_url": "https://hooks.example.com/in",
        "filter": {"comparer": "starts-with", "value": "yes"},
        "events": ["ignored"],
    }
    answer = sms.api("POST", "/sms-inbounds", json=body)
    assert answer.status_code == 201
    row = answer.json()["data"]
    assert list(row) == [
        "id",
        "name",
        "filter",
        "forward_url",
        "enabled",
        "secret",
        "created_at",
    ]
    assert list(row["filter"]) == ["value", "comparer"]
    path = f"/sms-inbounds/{row['id']}"
    changed = sms.api("PUT", path, json={"filter": None, "enabled": False}).json()["data"]
    assert changed == {**row, "filter": None, "enabled": False}
    single = sms.api("GET", path).json()["data"]
    assert single["sms_number"]["id"] == NUMBER["id"]
    assert sms.api("GET", "/sms-inbounds", params={"enabled": "true"}).json()["data"] == []
    assert sms.api("GET", "/sms-inbounds").json()["data"] == [changed]
    wrong = sms.api("POST", "/sms-inbounds", json={**body, "filter": {"comparer": "is"}})
    assert list(wrong.json()["errors"]) == ["filter.comparer", "filter.value"]
    assert sms.api("DELETE", path).status_code == 204
    assert sms.api("GET", path).status_code == 404


def test_stop_opts_out_and_start_in_again(sms: World) -> None:
    body = {
        "sms_number_id": NUMBER["id"],
        "name": "All",
        "forward_url": "http://127.0.0.1:9/in",
    }
    route = sms.api("POST", "/sms-inbounds", json=body).json()["data"]
    event = {"type": "sms.inbound", "from": TO, "to": NUMBER["telephone_number"]}
    done = sms.control("POST", "/events", {**event, "text": " stop "})
    assert done["data"][0]["forwarded"] == [route["id"]]
    row = sms.api("GET", "/sms-recipients").json()["data"][0]
    assert (row["status"], row["opt_out_source"]) == ("opt_out", "sms")
    sms.control("POST", "/events", {**event, "text": "START"})
    assert sms.api("GET", "/sms-recipients").json()["data"][0]["status"] == "active"


@pytest.mark.parametrize("path", ["/sms-activity", "/sms-recipients", "/sms-inbounds"])
def test_an_unknown_number_is_invalid_where_it_is_optional(sms: World, path: str) -> None:
    answer = sms.api("GET", path, params={"sms_number_id": "x"})
    text = "The selected sms number id is invalid."
    assert answer.json() == {"message": text, "errors": {"sms_number_id": [text]}}
