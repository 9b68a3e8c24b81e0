"""One message's events as others see them: django-anymail's view, and MailerSend's own SDKs."""

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from typing import Any

import django
import pytest
from anymail.signals import tracking
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from django.conf import settings
from django.test import RequestFactory
from mailersend import MailerSendClient
from mailersend.models.activity import ActivityQueryParams, ActivityRequest
from sandbox.tests.node_sdk import run_node_sdk
from sqlalchemy import text
from tests.support.world import World

from waypost.base.listing import Listing
from waypost.base.secret import Secret

if not settings.configured:
    settings.configure(DEFAULT_CHARSET="utf-8", USE_TZ=True, ANYMAIL={}, ALLOWED_HOSTS=["*"])
    django.setup()

DOMAIN = "d0m41n00000000r3"
KINDS = [
    *("sent", "delivered", "soft_bounced", "hard_bounced", "opened", "clicked", "unsubscribed"),
    "spam_complaint",
]
OURS = {  # anymail's word for what we call so
    "sent": "message.sent",
    "delivered": "message.delivered",
    "bounced": "message.bounced",
    "opened": "message.opened",
    "clicked": "message.clicked",
    "unsubscribed": "message.unsubscribed",
    "complained": "message.complained",
}
PEOPLE = (
    "bounce+hard@b.test",
    "bounce+soft@b.test",
    "complain@b.test",
    "unsubscribe@b.test",
    "open@b.test",
    "click@b.test",
    "ada@b.test",
)

FIRST_ONES = ["opened_unique", "clicked_unique"]
"""What the provider tells beside the first of a kind, and anymail does not read."""


def ask(world: World, path: str, **body: Any) -> Any:
    answer = world.environment.http.post(
        f"{world.sandbox.root}/v1{path}",
        headers={"authorization": f"Bearer {world.sandbox.api_token}"},
        json=body,
    )
    assert answer.status_code in (201, 202), answer.text
    return answer


def happened(
    world: World, version: int, kinds: list[str], wanted: int
) -> tuple[Secret, list[tuple[str, dict[str, Any]]]]:
    """Let a message go to people who do everything; return the hook's secret and our events."""
    environment, served = world.environment, world.environment.served
    hook = served.run(served.kernel.hooks.plan(environment.id, world.account, "domain", DOMAIN))
    world.sandbox.seed(domains=[{"id": DOMAIN, "name": "shop.test"}])
    made = ask(
        world,
        "/webhooks",
        url=f"{environment.url}/integrated-account-webhook/{world.account}?hook={hook.id}",
        name="ours",
        events=[f"activity.{kind}" for kind in kinds],
        domain_id=DOMAIN,
        version=version,
    )
    secret = Secret(made.json()["data"]["secret"])
    served.run(served.kernel.hooks.change(hook, {"state": "active"}, secret=secret))
    for person in PEOPLE:
        ask(
            world,
            "/email",
            **{"from": {"email": "a@shop.test"}},
            to=[{"email": person}],
            subject="Hello",
            text="Hello",
            html='<a href="https://shop.test/news">News</a>',
        )
    world.sandbox.control("POST", "/clock", {"advance": 3000})
    found: list[tuple[str, dict[str, Any]]] = []
    for _ in range(200):
        page = served.run(served.kernel.events.list(environment.id, Listing(limit=1000)))
        found = [
            (each.type, dict(each.payload))
            for each in page.items
            if "provider_event_id" in each.payload
        ]
        if len(found) >= wanted:
            return secret, found
        threading.Event().wait(0.05)
    raise AssertionError(found)


def raw_bodies(world: World) -> list[bytes]:
    database = world.environment.served.kernel.database

    async def read() -> list[bytes]:
        async with database.read() as connection:
            rows = await connection.execute(
                text("SELECT raw FROM received_webhook WHERE account_id = :account"),
                {"account": world.account},
            )
            return [bytes(row[0]) for row in rows]

    return world.environment.served.run(read())


@pytest.fixture
def tracked() -> Iterator[list[Any]]:
    events: list[Any] = []

    def note(sender: Any, event: Any, **_: Any) -> None:
        events.append(event)

    tracking.connect(note)
    yield events
    tracking.disconnect(note)


def test_django_anymail_sees_the_same_in_the_same_bytes(world: World, tracked: list[Any]) -> None:
    secret, ours = happened(world, 1, KINDS, wanted=19)
    view = MailerSendTrackingWebhookView.as_view(signing_secret=secret.reveal())
    for raw in raw_bodies(world):
        signature = hmac.new(secret.reveal().encode(), raw, hashlib.sha256).hexdigest()
        request = RequestFactory().post(
            "/", data=raw, content_type="application/json", headers={"Signature": signature}
        )
        assert view(request).status_code == 200
    theirs = {
        (OURS[event.event_type], event.event_id, event.message_id, event.recipient)
        for event in tracked
    }
    assert theirs == {
        (
            name,
            each["provider_event_id"].partition(":")[2],
            each["message_id"],
            each["recipient"],
        )
        for name, each in ours
    }
    bounced = {event.recipient for event in tracked if event.reject_reason == "bounced"}
    assert bounced == {each["recipient"] for _, each in ours if "bounce" in each}
    assert {(each["recipient"], each["bounce"]) for _, each in ours if "bounce" in each} == {
        ("bounce+hard@b.test", "hard"),
        ("bounce+soft@b.test", "soft"),
    }


def test_the_providers_own_sdks_list_the_same(world: World) -> None:
    _, ours = happened(world, 2, [*KINDS, *FIRST_ONES], wanted=22)
    base, token = f"{world.environment.url}/passthrough/{world.account}", world.environment.token
    now = int(time.time())
    window = {"date_from": now - 3600, "date_to": now + 2900}
    told = {
        (
            each["provider_event_type"],
            each["provider_event_id"].partition(":")[2],
            each["recipient"],
        )
        for _, each in ours
    }
    client = MailerSendClient(api_key=token, base_url=f"{base}/", max_retries=0, timeout=10)
    query = ActivityQueryParams(limit=100, **window)
    listed = client.activities.get(ActivityRequest(domain_id=DOMAIN, query_params=query))
    client.session.close()
    assert activities(listed.data["data"]) == told
    with run_node_sdk() as node:
        listed = node.ask(base, token, "email.activity.domain", DOMAIN, {**window, "limit": 100})
    assert activities(listed.data) == told


def activities(rows: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Return kind, id and recipient of what an SDK listed, as webhooks name them."""
    named = {"spam_complaints": "spam_complaint"}  # its list and its webhooks have two names for it
    return {
        (
            f"activity.{named.get(row['type'], row['type'])}",
            row["id"],
            row["email"]["recipient"]["email"],
        )
        for row in rows
        if row["type"] not in ("queued", "junk")
    }
