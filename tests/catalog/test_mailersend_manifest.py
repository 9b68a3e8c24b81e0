"""What MailerSend's manifest says about answers, refusals, linking and webhooks."""

import json
from pathlib import Path
from typing import Any

import pytest

from waypost.engine.conformance.folder import check_folder
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.integration import Probe
from waypost.engine.manifest.load import load_integration
from waypost.engine.manifest.pagination import PagePagination
from waypost.engine.manifest.webhooks import HmacSignature, InboundWebhook, WebhookExample
from waypost.engine.signatures import hmac
from waypost.engine.signatures.delivery import Delivery

CATALOG = Path(__file__).resolve().parents[2] / "src" / "waypost" / "catalog"
FOLDER = CATALOG / "integrations" / "mailersend"
INTEGRATION = load_integration(FOLDER).integration
EXAMPLES = [(kind, example) for kind in INTEGRATION.webhooks for example in kind.examples]


def evaluate(expression: str | None, **scope: Any) -> Any:
    assert expression is not None
    return compile_expression(expression).evaluate(scope)


@pytest.mark.parametrize("folder", [FOLDER, CATALOG / "models" / "user-directory"])
def test_the_folder_is_clean(folder: Path) -> None:
    assert check_folder(folder) == []


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (
            {"message": "The from.email field is required. #MS42209", "errors": {}},
            "The from.email field is required. #MS42209",
            "MS42209",
        ),
        (
            {"message": "First. #MS42209 (and 2 more errors)"},
            "First. #MS42209 (and 2 more errors)",
            "MS42209",
        ),
        ({"message": "Unauthenticated."}, "Unauthenticated.", None),
        ({"message": ["odd"]}, None, None),
        ("<html>", None, None),
        (None, None, None),
    ],
)
def test_refusals_are_read(body: Any, message: str | None, code: str | None) -> None:
    errors = INTEGRATION.errors
    assert evaluate(errors.message, body=body, status=422, headers={}) == message
    assert evaluate(errors.code, body=body, status=422, headers={}) == code


@pytest.mark.parametrize(
    ("name", "body", "more"),
    [
        ("length_aware", {"meta": {"current_page": 1, "last_page": 2}}, True),
        ("length_aware", {"meta": {"current_page": 2, "last_page": 2}}, False),
        ("simple", {"links": {"next": "https://api.mailersend.com/v1/messages?page=2"}}, True),
        ("simple", {"links": {"next": None}, "meta": {"per_page": "10"}}, False),
        ("monitoring", {"links": {"next": None}, "meta": {"current_page": 1}}, False),
        ("monitoring", {"meta": {"current_page": 1, "last_page": 3}}, True),
        ("whatsapp", {"links": {"next": "https://api.mailersend.com/v1/x?page=2"}}, True),
        ("whatsapp", {"data": []}, False),
    ],
)
def test_whether_another_page_exists(name: str, body: Any, more: bool) -> None:
    pagination = INTEGRATION.pagination[name]
    assert isinstance(pagination, PagePagination)
    assert (evaluate(pagination.has_more, body=body, headers={}) is True) is more


def probe(label: str) -> Probe:
    return next(probe for probe in INTEGRATION.probes if probe.label == label)


@pytest.mark.parametrize(
    ("label", "body", "shown"),
    [
        ("Daily API quota", {"quota": -1, "remaining": -1, "reset": ""}, "Unlimited API calls"),
        ("Daily API quota", {"quota": 1000, "remaining": 752}, "752 of 1000 API calls left today"),
        (
            "Domains",
            {
                "data": [
                    {"name": "a.test", "is_verified": True},
                    {"name": "b.test", "is_verified": False},
                ],
                "meta": {"total": 2},
            },
            ["1 of 2 domains verified", "a.test"],
        ),
        ("Domains", {"data": [], "meta": {"total": 0}}, ["0 of 0 domains verified"]),
        ("Templates", {"data": [{}, {}], "links": {"next": None}}, "2 templates"),
        ("Templates", {"data": [{}], "links": {"next": None}}, "1 template"),
        ("Templates", {"data": [], "links": {"next": None}}, "No templates yet"),
        ("Users", {"data": [{}]}, "1 person"),
        ("Users", {"data": [{}, {}, {}]}, "3 people"),
        ("SMS numbers", {"data": []}, "No numbers"),
        ("SMS numbers", {"data": [{"telephone_number": "+12025550143"}]}, "+12025550143"),
    ],
)
def test_what_the_link_page_shows(label: str, body: Any, shown: Any) -> None:
    assert evaluate(probe(label).shows, body=body) == shown


def test_a_token_that_may_only_send_can_be_linked() -> None:
    assert not [probe.label for probe in INTEGRATION.probes if probe.required]
    assert INTEGRATION.probes[0].resource == "api-quota"


def test_messages_leave_by_exactly_four_methods() -> None:
    sends = {
        f"{resource_name}.{name}": method.sends
        for resource_name, resource in INTEGRATION.resources.items()
        for name, method in resource.methods.items()
        if method.sends
    }
    assert sends == {
        "email.create": "email",
        "bulk-email.create": "email",
        "sms.create": "sms",
        "whatsapp.create": "chat",
    }


@pytest.mark.parametrize(
    ("kind", "example"), EXAMPLES, ids=[f"{kind.name}.{one.name}" for kind, one in EXAMPLES]
)
def test_a_webhook_is_verified_and_understood(
    kind: InboundWebhook, example: WebhookExample
) -> None:
    assert isinstance(kind.signature, HmacSignature)
    genuine = Delivery(example.headers, example.raw.encode(), "https://hooks.example.com")
    altered = Delivery(example.headers, example.raw.encode() + b" ", "https://hooks.example.com")
    assert hmac.verify(kind.signature, [example.secret], genuine, 0.0)
    assert not hmac.verify(kind.signature, [example.secret], altered, 0.0)
    assert not hmac.verify(kind.signature, ["another-secret"], genuine, 0.0)
    body = json.loads(example.raw)
    is_ping = kind.ping is not None and evaluate(kind.ping.when, body=body, headers={}) is True
    assert is_ping is (example.event_type is None)
    applying = [one.name for one in INTEGRATION.webhooks if evaluate(one.applies, body=body)]
    if is_ping:
        assert kind.ping is not None
        assert example.secret == kind.ping.secret
        return
    assert applying == [kind.name]
    assert evaluate(kind.event_type, body=body) == example.event_type
    assert example.event_type in kind.events
    assert evaluate(kind.event_id, body=body).startswith(f"{example.event_type}:")
    assert evaluate(kind.occurred_at, body=body).startswith("2026-11-19T12:00:")
    assert evaluate(kind.occurred_at, body=body).endswith("Z")


def test_every_event_a_webhook_can_ask_for_is_understood() -> None:
    method = INTEGRATION.method("webhooks", "create")
    assert method is not None
    assert method.body_schema is not None
    offered = set(method.body_schema["properties"]["events"]["items"]["enum"])
    flat, nested, account = INTEGRATION.webhooks[:3]
    assert flat.events == nested.events
    assert set(flat.events) | set(account.events) == offered
