"""Webhooks of a real sandbox, forged ones, and what becomes of them."""

import asyncio
import hashlib
import hmac
import json
import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.world import World

from waypost.base.errors import NotFound, Unauthenticated
from waypost.base.listing import Listing
from waypost.base.secret import Secret
from waypost.features.inbound.receive import Arrival, Inbound

PING_SECRET = "test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G"
SECRET = "a-secret-of-the-account"


def body(event: str = "activity.delivered", event_id: str = "e1", **data: Any) -> bytes:
    told = {
        "type": event,
        "created_at": "2026-11-19T12:00:10.000000Z",
        "data": {"id": event_id, "message_id": "m1", "recipient": "a@b.test", **data},
    }
    return json.dumps(told).encode()


def signed(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"signature": hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}


@pytest.fixture
def account(world: World) -> str:
    """Give an account whose webhook secret stands in its variables."""
    environment = world.environment
    context = {"api_token": world.sandbox.api_token, "webhook_secret": SECRET}
    return environment.link("mailersend", context)


def post(world: World, account: str, raw: bytes, headers: dict[str, str], query: str = "") -> Any:
    url = f"{world.environment.url}/integrated-account-webhook/{account}{query}"
    return world.environment.http.post(url, content=raw, headers=headers)


def events(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Return what was heard from providers, oldest first."""
    served = world.environment.served
    page = served.run(served.kernel.events.list(world.environment.id, Listing(limit=1000)))
    return [
        (each.type, dict(each.payload))
        for each in sorted(page.items, key=lambda event: event.created_at)
        if "provider_event_id" in each.payload
    ]


def heard(world: World) -> list[str]:
    return [name for name, _ in events(world)]


def test_a_signed_webhook_becomes_an_event(world: World, account: str) -> None:
    raw = body()
    answer = post(world, account, raw, signed(raw))
    assert (answer.status_code, answer.json()) == (200, {"received": "new"})
    name, payload = events(world)[-1]
    assert name == "message.delivered"
    assert payload["message_id"] == "m1"
    assert payload["recipient"] == "a@b.test"
    assert payload["integrated_account_id"] == account
    assert payload["occurred_at"] == "2026-11-19T12:00:10.000000Z"
    assert payload["raw"] == json.loads(raw)


def test_what_is_told_twice_is_heard_once(world: World, account: str) -> None:
    raw = body()
    again = raw + b" "  # other bytes, the same event
    assert post(world, account, raw, signed(raw)).json() == {"received": "new"}
    assert post(world, account, raw, signed(raw)).json() == {"received": "known"}
    assert post(world, account, again, signed(again)).json() == {"received": "known"}
    assert heard(world) == ["message.delivered"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"signature": ""},
        {"signature": "00" * 32},
        {"signature": "not hex"},
        signed(body(), "another"),
        signed(body(), PING_SECRET),
        signed(body(event_id="e2")),
    ],
)
def test_a_forged_webhook_is_refused_and_not_kept(
    world: World, account: str, headers: dict[str, str]
) -> None:
    answer = post(world, account, body(), headers)
    assert answer.status_code == 401
    assert SECRET not in answer.text
    assert heard(world) == []


def test_a_truncated_webhook_is_refused(world: World, account: str) -> None:
    raw = body()[:-10]
    assert post(world, account, raw, signed(raw)).status_code == 400
    assert heard(world) == []


def test_an_oversized_webhook_is_refused(world: World, account: str) -> None:
    raw = b'{"type":"' + b"x" * (10 * 1024 * 1024) + b'"}'
    assert post(world, account, raw, signed(raw)).status_code == 413


def test_a_ping_is_answered_and_is_no_event(world: World, account: str) -> None:
    raw = b'{"type":"webhook.test","message":"ping","created_at":"2026-11-19T12:00:01.000000Z"}'
    answer = post(world, account, raw, signed(raw, PING_SECRET))
    assert (answer.status_code, answer.json()) == (200, {"received": "ping"})
    assert heard(world) == []


def test_an_unknown_kind_is_passed_through_with_its_raw_body(world: World, account: str) -> None:
    raw = json.dumps({"type": "moon.landed", "created_at": "2026-11-19T12:00:10Z"}).encode()
    assert post(world, account, raw, signed(raw)).status_code == 200
    name, payload = events(world)[-1]
    assert (name, payload["raw"]["type"]) == ("provider.event", "moon.landed")


LONG = "".join(format(number * 2654435761 % 2**32, "08x") for number in range(2500))
"""Twenty thousand letters that no index makes shorter."""


@pytest.mark.parametrize(
    "strange",
    [
        {"event_id": LONG},
        {"event_id": "e\0"},
        {"event": LONG},
        {"event": "activity.\0"},
        {"message_id": LONG},
        {"message_id": 7},
        {"message_id": {"id": "m"}},
        {"message_id": "m\0"},
        {"recipient": LONG + "@b.test"},
        {"recipient": ["a@b.test"], "event": "activity.hard_bounced"},
        {"recipient": "a\0@b.test", "event": "activity.hard_bounced"},
        {"number": 10**400},
        {"deep": json.loads("[" * 90 + "]" * 90)},
    ],
    ids=",".join,
)
def test_what_is_strange_is_kept_and_hurts_nobody(
    world: World, account: str, strange: dict[str, Any]
) -> None:
    raw = body(**strange)
    assert post(world, account, raw, signed(raw)).json() == {"received": "new"}
    assert post(world, account, raw, signed(raw)).json() == {"received": "known"}
    [(_, payload)] = events(world)
    assert payload["raw"] == json.loads(raw)


@pytest.mark.parametrize("levels", [101, 900, 100_000])
def test_what_nests_too_deeply_is_refused(world: World, account: str, levels: int) -> None:
    raw = b'{"type":"activity.sent","data":%s}' % (b"[" * levels + b"]" * levels)
    for headers in (signed(raw), {}):
        assert post(world, account, raw, headers).status_code == 400
    assert heard(world) == []


def test_nobodys_account_is_not_found(world: World) -> None:
    raw = body()
    assert post(world, "nobody", raw, signed(raw)).status_code == 404


def test_a_burst_shares_few_transactions_and_everyone_is_answered(
    world: World, account: str
) -> None:
    """Doubles within the burst are known; a forged one and a stranger's spoil nobody's answer."""
    kernel = world.environment.served.kernel
    commits: list[str] = []
    written = kernel.database.write

    def counted() -> Any:
        commits.append("write")
        return written()

    inbound = Inbound(
        SimpleNamespace(write=counted, read=kernel.database.read),  # type: ignore[arg-type]
        accounts=kernel.accounts,
        hooks=kernel.hooks,
        manifests=kernel.manifests,
        events=kernel.events,
        clock=kernel.clock,
        tasks=kernel.tasks,
    )

    async def one(number: int) -> str:
        raw = body(event_id=f"b{number % 80}")
        secret = "forged" if number == 5 else SECRET
        who = "nobody" if number == 6 else account
        try:
            return await inbound.receive(Arrival(who, None, signed(raw, secret), raw, "x"))
        except (Unauthenticated, NotFound) as error:
            return type(error).__name__

    async def burst() -> list[str]:
        return await asyncio.gather(*map(one, range(100)))

    told = Counter(world.environment.served.run(burst()))
    assert told == {"new": 80, "known": 18, "Unauthenticated": 1, "NotFound": 1}
    assert len(heard(world)) == 80
    assert len(commits) <= 3


def test_the_sandbox_is_heard(world: World) -> None:
    """A hook made at the provider, with the provider's own secret, tells of a real message."""
    environment, served = world.environment, world.environment.served
    hooks = served.kernel.hooks
    hook = served.run(hooks.plan(environment.id, world.account, "domain", "d0m41n00000000r3"))
    world.sandbox.seed(domains=[{"id": "d0m41n00000000r3", "name": "shop.test"}])
    made = ask(
        world,
        "/webhooks",
        url=f"{environment.url}/integrated-account-webhook/{world.account}?hook={hook.id}",
        name="ours",
        events=["activity.sent", "activity.delivered"],
        domain_id="d0m41n00000000r3",
    )
    assert made.status_code == 201, made.text
    secret = Secret(made.json()["data"]["secret"])
    served.run(hooks.change(hook, {"state": "active"}, secret=secret))
    sent = ask(
        world,
        "/email",
        **{"from": {"email": "a@shop.test"}},
        to=[{"email": "nia@example.com"}],
        subject="Hello",
        text="Hello",
    )
    assert sent.status_code == 202, sent.text
    world.sandbox.control("POST", "/clock", {"advance": 300})
    message = sent.headers["x-message-id"]
    wanted = {
        ("message.sent", message, "nia@example.com"),
        ("message.delivered", message, "nia@example.com"),
    }
    for _ in range(200):
        told = {(name, each["message_id"], each["recipient"]) for name, each in events(world)}
        if told == wanted:
            break
        threading.Event().wait(0.05)
    assert told == wanted


def ask(world: World, path: str, **body: Any) -> Any:
    """Call the sandbox as its account does, past the platform."""
    headers = {"authorization": f"Bearer {world.sandbox.api_token}"}
    return world.environment.http.post(f"{world.sandbox.root}/v1{path}", headers=headers, json=body)
