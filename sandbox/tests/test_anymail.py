"""django-anymail: as a client for sending, and its views as receivers of what we sign."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from sandbox.tests.receiver import Received, Receiver, run_receiver
from sandbox.tests.test_inbound import PNG, add_route, deliver, make_mail
from sandbox.tests.test_webhooks import add_hook
from sandbox.tests.world import World

if find_spec("anymail") is None:
    reason = "django-anymail is not installed"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)

import django
from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.signals import inbound, tracking
from anymail.webhooks.mailersend import MailerSendInboundWebhookView, MailerSendTrackingWebhookView
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import RequestFactory

if not settings.configured:
    settings.configure(DEFAULT_CHARSET="utf-8", USE_TZ=True, ANYMAIL={}, ALLOWED_HOSTS=["*"])
    django.setup()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver


def call_view(view: Any, received: Received) -> int:
    """Hand a request as it came to one of anymail's views."""
    request = RequestFactory().post(
        "/anymail",
        data=received.body,
        content_type=received.headers["content-type"],
        headers={"Signature": received.headers["signature"]},
    )
    return int(view(request).status_code)


@pytest.fixture
def tracked() -> Iterator[list[Any]]:
    events: list[Any] = []

    def note(sender: Any, event: Any, **_: Any) -> None:
        events.append(event)

    tracking.connect(note)
    yield events
    tracking.disconnect(note)


@pytest.mark.parametrize(
    ("address", "kinds", "reject"),
    [
        ("bounce+hard@b.test", ["sent", "bounced"], "bounced"),
        ("bounce+soft@b.test", ["sent", "bounced"], "bounced"),
        ("complain@b.test", ["sent", "delivered", "complained"], "spam"),
        ("unsubscribe@b.test", ["sent", "delivered", "unsubscribed"], "unsubscribed"),
        ("ada@b.test", ["sent", "delivered"], None),
    ],
)
def test_its_tracking_view_takes_our_webhooks(
    world: World,
    receiver: Receiver,
    tracked: list[Any],
    address: str,
    kinds: list[str],
    reject: str | None,
) -> None:
    hook = add_hook(world, receiver.url, version=1)
    message_id = world.send(to=[{"email": address}], tags=["t"]).headers["x-message-id"]
    world.advance(1000)
    view = MailerSendTrackingWebhookView.as_view(signing_secret=hook["secret"])
    for each in receiver.received[1:]:
        assert call_view(view, each) == 200
    assert [event.event_type for event in tracked] == kinds
    assert {event.message_id for event in tracked} == {message_id}
    assert {event.recipient for event in tracked} == {address}
    assert tracked[-1].reject_reason == reject
    assert tracked[-1].tags == ["t"]


def test_its_view_refuses_another_secret(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url, version=1)
    world.send()
    world.advance(1)
    view = MailerSendTrackingWebhookView.as_view(signing_secret="another")
    # Django's own handler makes this a 400; the bare view raises.
    with pytest.raises(AnymailWebhookValidationFailure):
        call_view(view, receiver.received[-1])


def test_its_inbound_view_takes_our_forwards(world: World, receiver: Receiver) -> None:
    route = add_route(world, receiver.url)
    message = make_mail(Cc="copy@b.test")
    message.add_attachment(PNG, maintype="image", subtype="png", filename="a.png")
    deliver(world, message, route["address"])
    events: list[Any] = []

    def note(sender: Any, event: Any, **_: Any) -> None:
        events.append(event)

    inbound.connect(note)
    view = MailerSendInboundWebhookView.as_view(inbound_secret=route["forwards"][0]["secret"])
    assert call_view(view, receiver.received[-1]) == 200
    inbound.disconnect(note)
    taken = events[0].message
    assert taken.envelope_sender == "ada@customer.test"
    assert taken.envelope_recipient == route["address"]
    assert taken.subject == "Größe"
    assert taken.text.strip() == "Which size?"
    assert taken.attachments[0].get_filename() == "a.png"
    assert taken.attachments[0].get_content_bytes() == PNG


def test_it_sends_through_the_sandbox(world: World) -> None:
    connection = get_connection(
        "anymail.backends.mailersend.EmailBackend",
        api_token=world.token,
        api_url=f"{world.root}/v1/",
    )
    message = EmailMultiAlternatives(
        subject="From Django",
        body="Plain",
        from_email="Shop <hello@shop.test>",
        to=["ada@customer.test"],
        cc=["cc@b.test"],
        headers={"X-Order": "7"},
        connection=connection,
    )
    message.attach_alternative("<p>Rich</p>", "text/html")
    message.attach("a.txt", "hello", "text/plain")
    assert message.send() == 1
    status = message.anymail_status
    assert status.status == {"queued"}
    world.advance(10)
    letter = world.control("GET", f"/outbox/{status.message_id}")
    assert letter["subject"] == "From Django"
    assert letter["attachments"][0]["filename"] == "a.txt"
