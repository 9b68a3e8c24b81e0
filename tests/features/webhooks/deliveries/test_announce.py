"""Who gets which event."""

import pytest

from waypost.features.webhooks.deliveries.announce import order_key, wants
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event


def webhook(**more) -> Webhook:
    return Webhook("w", "env", "https://x.example", more.pop("types", None), True, 0, 0, **more)


def event(event_type: str = "message.sent", **payload) -> Event:
    return Event("e", "env", event_type, payload, 0.0)


@pytest.mark.parametrize(
    ("asked", "happened", "wanted"),
    [
        (webhook(), event(), True),
        (webhook(types=["message.sent"]), event(), True),
        (webhook(types=["message.opened"]), event(), False),
        (webhook(types=[]), event(), False),
        (webhook(tenant_ids=["t1"]), event(tenant_id="t1"), True),
        (webhook(tenant_ids=["t1"]), event(tenant_id="t2"), False),
        (webhook(tenant_ids=["t1"]), event(), False),
        (webhook(), event(webhook_id="w"), True),
        (webhook(), event(webhook_id="another"), False),
        (webhook(types=[]), event(webhook_id="w"), False),
        (webhook(), event("webhook_endpoint.paused", id="another"), True),
        (webhook(), event("webhook_endpoint.paused", id="w"), False),
        (
            webhook(types=["webhook_endpoint.paused"]),
            event("webhook_endpoint.paused", id="w"),
            False,
        ),
        (webhook(), event("integrated_account:active", id="w"), True),
    ],
)
def test_types_and_tenants_decide(asked: Webhook, happened: Event, wanted: bool) -> None:
    assert wants(asked, happened) is wanted


def test_order_is_kept_where_it_was_asked_for() -> None:
    assert order_key(webhook(), event(message_id="m")) is None
    assert order_key(webhook(ordered_by="message"), event(message_id="m")) == "m"
    assert order_key(webhook(ordered_by="message"), event()) is None
