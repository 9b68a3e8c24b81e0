"""Webhooks: the ping, both payload versions, signatures, tries, pausing, and the record."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sandbox.tests.receiver import MakeReceiver, Receiver, run_receiver
from sandbox.tests.world import NOW, World

from waypost_sandbox.webhooks.state import EVENTS

PING_SECRET = "test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G"
ACTIVITY = [event for event in EVENTS if event.startswith("activity.")]


@pytest.fixture
def make_receiver() -> Iterator[MakeReceiver]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(run_receiver())


@pytest.fixture
def receiver(make_receiver: MakeReceiver) -> Receiver:
    return make_receiver()


def add_hook(world: World, url: str, **changes: Any) -> Any:
    world.advance(2)  # past the creation throttle
    body = {
        "url": url,
        "name": "Hook",
        "events": ACTIVITY,
        "domain_id": world.domains["shop.test"],
        **changes,
    }
    answer = world.api("POST", "/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def deliveries(world: World, **query: str) -> list[Any]:
    parts = "&".join(f"{name}={value}" for name, value in query.items())
    answer = world.client.get(
        f"{world.root}/_sandbox/webhook-deliveries?{parts}", params={"account": world.account_id}
    )
    rows: list[Any] = answer.json()["data"]
    return [row for row in rows if all(row[name] == value for name, value in query.items())]


def test_a_hook_is_kept_only_when_its_address_answers(world: World, receiver: Receiver) -> None:
    body = {
        "url": receiver.url,
        "name": "Hook",
        "events": ["activity.sent"],
        "domain_id": world.domains["shop.test"],
    }
    receiver.statuses = [500]
    refused = world.api("POST", "/webhooks", json=body)
    assert refused.status_code == 422
    assert list(refused.json()["errors"]) == ["url"]
    listed = world.api("GET", f"/webhooks?domain_id={world.domains['shop.test']}").json()
    assert listed["data"] == []
    assert "x-apiquota-remaining" in refused.headers
    add_hook(world, receiver.url, events=["activity.sent"])
    ping = receiver.received[-1]
    assert ping.json["type"] == "webhook.test"
    assert ping.json["message"] == "This is a ping test message"
    assert ping.is_signed_with(PING_SECRET)


def test_a_hook_that_nobody_serves_is_refused(world: World, make_receiver: MakeReceiver) -> None:
    with run_receiver() as gone:
        pass
    body = {
        "url": gone.url,
        "name": "Hook",
        "events": ["activity.sent"],
        "domain_id": world.domains["shop.test"],
    }
    assert world.api("POST", "/webhooks", json=body).status_code == 422
    world.seed(account={"webhook_ping": False})
    add_hook(world, gone.url)


def test_a_hanging_address_is_refused_while_others_are_served(
    world: World, receiver: Receiver
) -> None:
    world.seed(account={"webhook_timeout": 0.3})
    receiver.hang = threading.Event()
    body = {
        "url": receiver.url,
        "name": "Hook",
        "events": ["activity.sent"],
        "domain_id": world.domains["shop.test"],
    }
    answers: list[int] = []
    create = threading.Thread(
        target=lambda: answers.append(world.api("POST", "/webhooks", json=body).status_code)
    )
    create.start()
    assert world.api("GET", "/domains").elapsed.total_seconds() < 0.25
    create.join()
    assert answers == [422]


def test_a_changed_url_is_pinged_too(world: World, make_receiver: MakeReceiver) -> None:
    first, second = make_receiver(), make_receiver()
    hook = add_hook(world, first.url)
    second.statuses = [404]
    path = f"/webhooks/{hook['id']}"
    assert world.api("PUT", path, json={"url": second.url}).status_code == 422
    assert world.api("GET", path).json()["data"]["url"] == first.url
    moved = world.api("PUT", path, json={"url": second.url})
    assert moved.json()["data"]["url"] == second.url
    assert len(first.received) == 1
    world.api("PUT", path, json={"name": "Renamed"})
    assert len(second.received) == 2


def test_addresses_beyond_this_machine_are_neither_asked_nor_called(world: World) -> None:
    add_hook(world, "https://example.com/webhook")
    world.send()
    world.advance(10)
    assert {row["state"] for row in deliveries(world)} == {"skipped"}


def test_a_message_is_told_in_order_and_signed(world: World, receiver: Receiver) -> None:
    hook = add_hook(world, receiver.url)
    message_id = world.send(tags=["welcome"]).headers["x-message-id"]
    world.advance(10)
    assert receiver.types() == ["activity.sent", "activity.delivered"]
    told = receiver.received[-1]
    assert told.is_signed_with(hook["secret"])
    assert told.headers["content-type"] == "application/json"
    email = world.api("GET", f"/messages/{message_id}").json()["data"]["emails"][0]
    data = told.json["data"]
    assert told.json == {
        "type": "activity.delivered",
        "created_at": "2026-03-10T12:00:04.000000Z",
        "data": {
            "id": data["id"],
            "domain_id": world.domains["shop.test"],
            "message_id": message_id,
            "email_id": email["id"],
            "type": "delivered",
            "subject": "Hello",
            "recipient": "ada@customer.test",
            "tags": ["welcome"],
            "meta": [],
        },
        "webhook_id": hook["id"],
    }
    shown = world.api("GET", f"/activities/{data['id']}").json()["data"]
    assert shown["type"] == "delivered"


def test_slashes_are_escaped_and_the_signature_is_of_those_bytes(
    world: World, receiver: Receiver
) -> None:
    hook = add_hook(world, receiver.url)
    world.send(subject="a/b – c")
    world.advance(1)
    assert rb"a\/b \u2013 c" in receiver.received[-1].body
    assert receiver.received[-1].is_signed_with(hook["secret"])


EVENTS_BY_ADDRESS = [
    ("bounce+hard@b.test", ["hard_bounced"]),
    ("bounce+soft@b.test", ["soft_bounced"]),
    ("defer@b.test", ["deferred", "delivered"]),
    ("complain@b.test", ["delivered", "spam_complaint"]),
    ("unsubscribe@b.test", ["delivered", "unsubscribed"]),
    ("click@b.test", ["delivered", "opened", "opened_unique", "clicked", "clicked_unique"]),
]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("address", "events"), EVENTS_BY_ADDRESS)
def test_every_outcome_is_told(
    world: World, receiver: Receiver, version: int, address: str, events: list[str]
) -> None:
    add_hook(world, receiver.url, version=version)
    world.send(to=[{"email": address}])
    world.advance(1000)
    assert receiver.types() == [f"activity.{event}" for event in ["sent", *events]]


def test_the_older_payload_is_nested(world: World, receiver: Receiver) -> None:
    hook = add_hook(world, receiver.url, version=1)
    message_id = world.send(to=[{"email": "bounce+hard@b.test"}]).headers["x-message-id"]
    world.advance(10)
    told = receiver.bodies()[-1]
    assert list(told) == ["type", "domain_id", "created_at", "webhook_id", "url", "data"]
    assert told["webhook_id"] == hook["id"]
    assert told["url"] == receiver.url
    data = told["data"]
    assert list(data) == ["object", "id", "type", "created_at", "email", "morph", "template_id"]
    assert data["email"]["status"] == "rejected"
    assert data["email"]["message"]["id"] == message_id
    assert data["email"]["recipient"]["email"] == "bounce+hard@b.test"
    assert data["morph"]["object"] == "recipient_bounce"


def test_meta_says_why_and_from_where(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.send(to=[{"email": "bounce+soft@b.test"}])
    message_id = world.send().headers["x-message-id"]
    world.advance(10)
    world.control(
        "POST",
        "/events",
        {"message_id": message_id, "type": "clicked", "meta": {"url": "https://a.test/x"}},
    )
    metas = {each["type"]: each["data"]["meta"] for each in receiver.bodies()}
    assert metas["activity.soft_bounced"]["bounce_type"] == "soft"
    assert metas["activity.clicked_unique"] == {"url": "https://a.test/x"}


def test_hooks_hear_only_of_their_domain_and_events(
    world: World, make_receiver: MakeReceiver
) -> None:
    sent, other, off = make_receiver(), make_receiver(), make_receiver()
    add_hook(world, sent.url, events=["activity.sent"])
    add_hook(world, other.url, domain_id=world.domains["new.test"])
    add_hook(world, off.url, enabled=False)
    world.send()
    world.advance(10)
    assert sent.types() == ["activity.sent"]
    assert other.types() == off.types() == []


def test_a_failing_hook_is_tried_three_times(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url, events=["activity.sent"])
    receiver.statuses = [500, 503, 200]
    world.send()
    world.advance(1)
    assert len(receiver.bodies()) == 1
    world.advance(9)
    assert len(receiver.bodies()) == 1
    world.advance(1)
    assert len(receiver.bodies()) == 2
    world.advance(100)
    assert len(receiver.bodies()) == 3
    assert len({each.body for each in receiver.received[1:]}) == 1
    (row,) = deliveries(world)
    assert row["state"] == "delivered"
    assert [each["status"] for each in row["attempts"]] == [500, 503, 200]
    assert [each["at"][14:19] for each in row["attempts"]] == ["00:02", "00:12", "01:52"]


def test_turning_the_clock_far_makes_every_try(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url, events=["activity.sent"])
    receiver.always = 500
    world.send()
    world.advance(200)
    assert len(receiver.bodies()) == 3
    assert deliveries(world)[0]["state"] == "failed"


def test_a_hook_that_keeps_failing_is_warned_about_and_paused(
    world: World, receiver: Receiver
) -> None:
    hook = add_hook(world, receiver.url, events=["activity.sent"])
    world.seed(account={"webhook_retries": []})
    receiver.always = 500
    for _ in range(10):
        world.send()
    world.advance(1)
    answer = world.control("GET", "/webhook-deliveries")
    assert [each["target_id"] for each in answer["warnings"]] == [hook["id"]]
    for _ in range(9):
        world.send()
    world.advance(1)
    assert world.api("GET", f"/webhooks/{hook['id']}").json()["data"]["enabled"] is True
    for _ in range(3):
        world.send()
    world.advance(1)
    assert world.api("GET", f"/webhooks/{hook['id']}").json()["data"]["enabled"] is False
    assert len(receiver.bodies()) == 20
    assert [row["state"] for row in deliveries(world)][-2:] == ["dropped", "dropped"]
    receiver.always = 200
    world.api("PUT", f"/webhooks/{hook['id']}", json={"enabled": True})
    world.send()
    world.advance(1)
    assert len(receiver.bodies()) == 21


def test_failures_of_yesterday_do_not_pause(world: World, receiver: Receiver) -> None:
    hook = add_hook(world, receiver.url, events=["activity.sent"])
    world.seed(account={"webhook_retries": [], "webhook_pause_after": 3})
    receiver.always = 500
    for _ in range(4):
        world.send()
        world.advance(13 * 3600)
    assert world.api("GET", f"/webhooks/{hook['id']}").json()["data"]["enabled"] is True


def test_a_slow_hook_delays_nobody(world: World, make_receiver: MakeReceiver) -> None:
    slow, quick = make_receiver(), make_receiver()
    add_hook(world, slow.url)
    add_hook(world, quick.url)
    slow.hang = threading.Event()
    world.seed(account={"webhook_timeout": 1.0, "webhook_retries": []})
    turned = threading.Thread(target=world.advance, args=(10,))
    world.send()
    turned.start()
    began = time.monotonic()
    assert len(quick.wait_for(2)) == 2
    assert world.api("GET", "/domains").status_code == 200
    assert time.monotonic() - began < 0.9
    turned.join()
    assert [row["state"] for row in deliveries(world, url=slow.url)] == ["failed", "failed"]
    assert "no answer within" in deliveries(world, url=slow.url)[0]["attempts"][0]["error"]


def test_a_running_clock_needs_nobody_to_ask(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.control("POST", "/clock", {"now": None})
    world.send()
    assert [each["type"] for each in receiver.wait_for(2)] == [
        "activity.sent",
        "activity.delivered",
    ]


@pytest.mark.parametrize("event", [e for e in EVENTS if not e.startswith("activity.")])
def test_events_of_no_message_are_told_on_demand(
    world: World, receiver: Receiver, event: str
) -> None:
    hook = add_hook(world, receiver.url, events=[event])
    domain_id = world.domains["shop.test"]
    world.control("POST", "/events", {"type": event, "domain_id": domain_id, "data": {"x": "a/b"}})
    (told,) = receiver.bodies()
    assert told["type"] == event
    assert told["data"] == {"x": "a/b"}
    assert receiver.received[-1].is_signed_with(hook["secret"])


def test_a_bulk_send_is_reported_when_it_is_done(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url, events=["bulk_email.completed"])
    item = {
        "from": {"email": "a@shop.test"},
        "to": [{"email": "r@b.test"}],
        "subject": "x",
        "text": "y",
    }
    bulk_id = world.api("POST", "/bulk-email", json=[item]).json()["bulk_email_id"]
    world.advance(2)
    (told,) = receiver.bodies()
    assert told["data"]["id"] == bulk_id
    assert told["data"] == world.api("GET", f"/bulk-email/{bulk_id}").json()["data"]


def test_holding_and_releasing_an_address_is_told(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url, events=["recipient.on_hold_added", "recipient.on_hold_removed"])
    for _ in range(5):
        world.send(to=[{"email": "bounce+soft@b.test"}])
        world.advance(10)
    assert receiver.types() == ["recipient.on_hold_added"]
    assert receiver.bodies()[0]["data"]["email"] == "bounce+soft@b.test"
    world.advance(72 * 3600)
    assert receiver.types()[-1] == "recipient.on_hold_removed"


def test_the_record_can_be_filtered_and_cleared(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.send()
    world.advance(10)
    assert [row["event"] for row in deliveries(world, event="activity.sent")] == ["activity.sent"]
    row = deliveries(world)[0]
    assert row["payload"]["type"] == "activity.sent"
    assert row["created_at"].startswith(NOW[:10])
    world.control("DELETE", "/webhook-deliveries")
    assert deliveries(world) == []


NUMBER = {"id": "7z3m5jgrogdpyo6n", "telephone_number": "+12025550143"}


def test_text_messages_are_told_to_their_numbers_webhooks(world: World, receiver: Receiver) -> None:
    other = "3z3m5jgrogdpyo61"
    world.seed(sms_numbers=[NUMBER, {"id": other, "telephone_number": "+12025550144"}])
    body = {
        "url": receiver.url,
        "name": "Texts",
        "events": ["sms.sent", "sms.delivered"],
        "sms_number_id": NUMBER["id"],
    }
    receiver.statuses = [500]
    assert world.api("POST", "/sms-webhooks", json=body).status_code == 422
    made = world.api("POST", "/sms-webhooks", json=body)
    assert made.status_code == 201
    assert receiver.received[-1].is_signed_with(PING_SECRET)
    hook = made.json()["data"]
    for number in ("+12025550143", "+12025550144"):
        sms = {"from": number, "to": ["+12025550188"], "text": "Hi"}
        assert world.api("POST", "/sms", json=sms).status_code == 202
    world.advance(30)
    assert receiver.types() == ["sms.sent", "sms.delivered"]
    told = receiver.bodies()[-1]
    assert list(told) == ["type", "sms_number_id", "created_at", "sms_webhook_id", "url", "data"]
    assert told["sms_webhook_id"] == hook["id"]
    assert told["data"]["status"] == "delivered"
    assert told["data"]["sms"]["recipient"]["number"] == "+12025550188"


def test_text_messages_are_signed(world: World, receiver: Receiver) -> None:
    hook = {
        "url": receiver.url,
        "events": ["sms.sent"],
        "secret": "chosen",
        "sms_number": NUMBER,
        "sms_number_id": NUMBER["id"],
    }
    world.seed(sms_numbers=[NUMBER], sms_webhooks=[hook])
    sms = {"from": "+12025550143", "to": ["+12025550188"], "text": "Hi"}
    world.api("POST", "/sms", json=sms)
    world.advance(30)
    assert receiver.received[-1].is_signed_with("chosen")


def test_verifications_are_told(world: World, receiver: Receiver) -> None:
    events = ["email_list.verified", "email_single.verified", "sender_identity.verified"]
    add_hook(world, receiver.url, events=events)
    identity = {
        "domain_id": world.domains["shop.test"],
        "email": "ada@shop.test",
        "name": "Ada",
    }
    assert world.api("POST", "/identities", json=identity).status_code == 201
    lists = {"name": "List", "emails": ["a@b.test"]}
    list_id = world.api("POST", "/email-verification", json=lists).json()["data"]["id"]
    world.api("POST", "/email-verification/verify-async", json={"email": "a@b.test"})
    world.advance(10)
    world.api("GET", f"/email-verification/{list_id}/verify")
    world.advance(3600)
    assert {"email_list.verified", "email_single.verified"} <= set(receiver.types())


def test_maintenance_is_told(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url, events=["maintenance.start", "maintenance.end"])
    world.seed(maintenance=True)
    world.seed(maintenance=False)
    world.advance(1)
    assert receiver.types() == ["maintenance.start", "maintenance.end"]
    told = receiver.bodies()[0]["created_at"]
    assert told == "2026-03-10 12:00:02"


@pytest.mark.parametrize(
    "setting",
    [
        {"webhook_reach": "everywhere"},
        {"webhook_ping": "no"},
        {"webhook_retries": 10},
        {"webhook_retries": ["soon"]},
        {"webhook_timeout": 0},
        {"webhook_pause_after": "never"},
        {"keep_messages": 0},
        {"keep_messages": 1.5},
        {"forward_smtp": "nowhere"},
    ],
)
def test_wrong_settings_are_refused(world: World, setting: dict[str, Any]) -> None:
    answer = world.client.post(
        f"{world.root}/_sandbox/seed",
        params={"account": world.account_id},
        json={"account": setting},
    )
    assert answer.status_code == 422
    assert next(iter(setting)) in answer.json()["message"]
