"""Retention: memory stays flat, totals stay true, and nothing unfinished is lost."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta
from typing import Any

from sandbox.tests.world import World, make_email

from waypost_sandbox.due import settle
from waypost_sandbox.email.accepting import accept_send
from waypost_sandbox.retention import sweep
from waypost_sandbox.wire.times import parse_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.universe import Universe


def test_the_oldest_go_and_totals_stay(world: World) -> None:
    world.seed(account={"keep_messages": 20})
    for number in range(100):
        address = "bounce+hard@b.test" if number == 3 else f"p{number}@b.test"
        last = world.send(to=[{"email": address}]).headers["x-message-id"]
        world.advance(10)
    rows = world.api("GET", "/messages", params={"limit": 100}).json()["data"]
    assert 20 <= len(rows) <= 40
    assert rows[-1]["id"] == last
    path = f"/domains/{world.domains['shop.test']}"
    domain = world.api("GET", path).json()["data"]
    assert domain["domain_stats"]["total"] == 100
    assert domain["domain_stats"]["rejected"] == 1
    assert domain["totals"]["delivered"] == 99
    assert len(world.control("GET", "/outbox")["data"]) == len(rows)
    bounced = world.api("GET", "/suppressions/hard-bounces").json()["data"]
    assert bounced[0]["recipient"]["email"] == "bounce+hard@b.test"


def test_what_is_unfinished_is_kept(world: World) -> None:
    world.seed(account={"keep_messages": 5})
    first = world.send(send_at=1773144000 + 3600).headers["x-message-id"]
    for _ in range(80):
        world.send()
    world.advance(10)
    assert world.api("GET", f"/messages/{first}").status_code == 200
    world.advance(3700)
    assert world.control("GET", f"/outbox/{first}")["status"] == "delivered"


def test_days_are_a_limit_too(world: World) -> None:
    world.seed(account={"retention_days": 7})
    old = world.send().headers["x-message-id"]
    world.advance(6 * 86_400)
    young = world.send().headers["x-message-id"]
    world.advance(2 * 86_400)
    world.api("GET", "/domains")
    assert world.api("GET", f"/messages/{old}").status_code == 404
    assert world.api("GET", f"/messages/{young}").status_code == 200


def make_account() -> Account:
    universe = Universe(rate_limits="off", keep_messages=500)
    account = universe.first
    from waypost_sandbox.control.seeding import seed_account

    seed_account(account, {"domains": [{"name": "shop.test"}]})
    account.clock.freeze(parse_time("2026-03-10T12:00:00Z"))
    return account


def test_memory_is_flat_over_many_messages() -> None:
    account = make_account()

    def send(count: int) -> None:
        for number in range(count):
            body: dict[str, Any] = make_email(f"p{account.call_count}-{number}@b.test")
            accept_send(account, body)
            account.clock.advance(timedelta(seconds=0.1).total_seconds())
            settle(account)
            sweep(account)
        account.call_count += 1

    send(1_000)
    tracemalloc.start()
    send(100)
    before, _ = tracemalloc.get_traced_memory()
    send(4_000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(account.messages) <= 600
    assert len(account.recipients) <= 600
    assert len(account.activities) <= 2_000
    # What is kept turns over while it is traced: at most those messages' own size.
    assert after - before < 6_000_000


def test_a_recipient_deleted_while_mail_waits_gets_none(world: World) -> None:
    message_id = world.send().headers["x-message-id"]
    (row,) = world.api("GET", "/recipients").json()["data"]
    assert world.api("DELETE", f"/recipients/{row['id']}").status_code == 204
    world.advance(10)
    emails = world.api("GET", f"/messages/{message_id}").json()["data"]["emails"]
    assert [email["status"] for email in emails] == ["rejected"]
