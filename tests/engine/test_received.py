"""A provider's webhook, read by its manifest."""

import json
from pathlib import Path

import pytest
from msgspec import structs

import waypost
from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.load import load_integration
from waypost.engine.manifest.webhooks import InboundWebhook
from waypost.engine.received import UNKNOWN, read_received

CATALOG = Path(waypost.__file__).parent / "catalog" / "integrations"
MAILERSEND = load_integration(CATALOG / "mailersend").integration.webhooks
EXAMPLES = [(kind, example) for kind in MAILERSEND for example in kind.examples]


def read(raw: str, webhooks: tuple[InboundWebhook, ...] = MAILERSEND):
    return read_received(webhooks, raw.encode(), {"content-type": "application/json"})


@pytest.mark.parametrize(
    ("kind", "example"), EXAMPLES, ids=[f"{kind.name}-{each.name}" for kind, each in EXAMPLES]
)
def test_every_example_of_the_catalog_is_read(kind, example) -> None:
    found = read(example.raw)
    assert found.fault is None
    if example.name == "ping":
        assert found.is_ping
        return
    assert found.kind is not None
    assert found.kind.name == kind.name
    assert found.event_type in kind.events.values()
    assert found.occurred_at is not None
    assert found.occurred_at.endswith("Z")


def test_a_bounce_says_whose_message_it_was_and_why() -> None:
    example = next(each for kind, each in EXAMPLES if each.name == "hard_bounced")
    found = read(example.raw)
    assert found.event_type == "message.bounced"
    assert found.data == {
        "message_id": "6afee4c03c6ef372fe94f82a",
        "email_id": "6afee4c078dde6e5fd29f054",
        "recipient": "nia.okafor@example.com",
        "subject": "Your order has left the orchard",
        "bounce": "hard",
        "reason": "The mailbox does not exist.",
    }


def test_both_payload_versions_say_the_same() -> None:
    first, second = (read(e.raw) for k, e in EXAMPLES if e.name == "hard_bounced")
    assert first.data == second.data
    assert first.event_id == second.event_id, "one event, however it is told"


def test_a_kind_nobody_named_is_kept_with_its_bytes_as_identity() -> None:
    raw = json.dumps({"type": "moon.landed", "created_at": "2026-11-19T12:00:00Z", "data": 1})
    found = read(raw)
    assert found.event_type == UNKNOWN
    assert found.body["type"] == "moon.landed"
    assert read(raw).event_id == found.event_id
    assert read(raw + " ").kind is found.kind


def test_without_any_kind_the_bytes_are_the_identity() -> None:
    found = read('{"a":1}', ())
    assert (found.kind, found.event_type) == (None, UNKNOWN)
    assert found.event_id.startswith("sha256:")
    assert read('{"a":1}', ()).event_id == found.event_id
    assert read('{"a":2}', ()).event_id != found.event_id


def test_an_expression_that_fails_costs_no_event() -> None:
    kind = structs.replace(MAILERSEND[0], data='$number("x")', applies=None)
    found = read('{"type":"activity.sent","data":{"id":"1"}}', (kind,))
    assert found.fault is not None
    assert (found.event_type, found.body["type"]) == (UNKNOWN, "activity.sent")


@pytest.mark.parametrize("raw", ["", "{", "[]", '"text"', "null", '{"a":1}x'])
def test_what_is_no_json_object_is_refused(raw: str) -> None:
    with pytest.raises(InvalidRequest):
        read(raw)
