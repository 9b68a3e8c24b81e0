"""What no webhook told is read at a real sandbox, once."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from tests.support.sandbox import Sandbox
from tests.support.served import Served
from tests.support.world import Environment, World

from waypost.base.clock import iso
from waypost.base.errors import ProviderRefused
from waypost.base.listing import Listing
from waypost.features.inbound.backfill import BACKFILL, Backfill, Order
from waypost.features.inbound.filling import backfill
from waypost.kernel.jobs import GaveUp

DOMAIN = "d0m41n00000000r3"
SECRET = "a-secret-of-the-account"
NOW = 1_795_168_800.0


@pytest.fixture
def told(environment: Environment, sandbox: Sandbox) -> World:
    """Give an account with a domain at a sandbox whose clock stands."""
    return made(environment, sandbox)


def made(environment: Environment, sandbox: Sandbox, **settings: Any) -> World:
    there = sandbox.account(**settings)
    there.freeze(iso(NOW - 600))
    there.seed(domains=[{"id": DOMAIN, "name": "shop.test", "is_verified": True}])
    context = {"api_token": there.api_token, "webhook_secret": SECRET}
    world = World(environment, there, environment.link("mailersend", context))
    set_clock(environment.served, NOW)
    return world


def send(world: World, *recipients: str) -> str:
    answer = world.environment.http.post(
        f"{world.sandbox.root}/v1/email",
        headers={"authorization": f"Bearer {world.sandbox.api_token}"},
        json={
            "from": {"email": "a@shop.test"},
            "to": [{"email": each} for each in recipients],
            "subject": "Hello",
            "text": "Hello",
        },
    )
    assert answer.status_code == 202, answer.text
    return answer.headers["x-message-id"]


def order(world: World, *, since: float = NOW - 86_400, **more: Any) -> Order:
    return Order(
        environment_id=world.environment.id,
        account_id=world.account,
        registration="domain",
        subject_id=DOMAIN,
        subject_name="shop.test",
        since=since,
        until=NOW,
        **more,
    )


def turning(world: World, work: Coroutine[Any, Any, None], *, since: float = NOW) -> float:
    """Run work that the rate budget may hold back, turning the platform's clock meanwhile.

    From a moment after `NOW` on the sandbox's is turned too. Returns the time when it ended.
    """
    served = world.environment.served
    running = asyncio.run_coroutine_threadsafe(work, served.loop)
    for second in range(600):
        if since > NOW:
            world.sandbox.freeze(iso(since + second))
        set_clock(served, since + second)
        with suppress(TimeoutError):
            running.result(0.05)
            return since + second
    raise AssertionError("it did not end")


def set_clock(served: Served, at: float) -> None:
    draft = served.clock_file.with_suffix(".new")
    draft.write_text(str(at))
    draft.replace(served.clock_file)


def fill(world: World, first: Order) -> int:
    """Do a job and those that it orders; return how many."""
    served = world.environment.served
    kernel = served.kernel
    waiting: list[Any] = [first.payload()]
    done = 0
    before = {each.id for each in served.run(kernel.jobs.list(kind=BACKFILL))}
    while waiting:
        turning(world, backfill(kernel).work(waiting.pop()))
        done += 1
        after = served.run(kernel.jobs.list(kind=BACKFILL))
        waiting += [each.payload for each in after if each.id not in before]
        before = {each.id for each in after}
    return done


def events(world: World) -> list[tuple[str, dict[str, Any]]]:
    served = world.environment.served
    page = served.run(served.kernel.events.list(world.environment.id, Listing(limit=1000)))
    return [(e.type, dict(e.payload)) for e in page.items if "provider_event_id" in e.payload]


def test_what_was_missed_is_told_once_with_its_message(told: World) -> None:
    message = send(told, "nia@example.com")
    told.sandbox.control("POST", "/clock", {"advance": 600})
    assert fill(told, order(told)) == 1
    assert [(name, each["message_id"], each["recipient"]) for name, each in events(told)] == [
        ("message.sent", message, "nia@example.com"),
        ("message.delivered", message, "nia@example.com"),
    ]
    calls = len(told.sandbox.calls())
    assert fill(told, order(told)) == 1
    assert len(events(told)) == 2
    assert len(told.sandbox.calls()) == calls + 1  # the list only: nothing was new


def test_a_webhook_that_comes_later_is_known(told: World) -> None:
    send(told, "nia@example.com")
    told.sandbox.control("POST", "/clock", {"advance": 600})
    fill(told, order(told))
    identity = events(told)[-1][1]["provider_event_id"]
    kind, _, activity = identity.partition(":")
    raw = json.dumps({"type": kind, "data": {"id": activity}}).encode()
    signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    url = f"{told.environment.url}/integrated-account-webhook/{told.account}"
    answer = told.environment.http.post(url, content=raw, headers={"signature": signature})
    assert answer.json() == {"received": "known"}


def test_every_page_is_a_job_of_its_own(told: World) -> None:
    send(told, *(f"n{number}@example.com" for number in range(40)))
    told.sandbox.control("POST", "/clock", {"advance": 600})
    # 40 emails: queued, sent and delivered each.
    assert fill(told, order(told)) == 2
    heard = [(name, each["recipient"], each["message_id"]) for name, each in events(told)]
    assert len(heard) == len(set(heard)) == 80


def test_a_shorter_retention_is_tried(environment: Environment, sandbox: Sandbox) -> None:
    world = made(environment, sandbox, plan="Hobby")
    send(world, "nia@example.com")
    world.sandbox.control("POST", "/clock", {"advance": 600})
    assert fill(world, order(world, since=NOW - 60 * 86_400)) == 3  # 30, 14 and 7 days
    assert [name for name, _ in events(world)] == ["message.sent", "message.delivered"]


def test_what_may_not_be_read_is_given_up(environment: Environment, sandbox: Sandbox) -> None:
    world = made(environment, sandbox)
    secret = world.sandbox.token("domains_read")
    account = environment.link("mailersend", {"api_token": secret})
    with pytest.raises(GaveUp):
        fill(
            World(environment, world.sandbox, account),
            order(World(environment, world.sandbox, account)),
        )


def test_a_failing_provider_is_tried_again(told: World) -> None:
    told.sandbox.fault(method="GET", path="/v1/activity/*", times=9, status=500)
    with pytest.raises(ProviderRefused):
        fill(told, order(told))


def test_a_deleted_account_is_nobodys(told: World) -> None:
    gone = order(told)
    told.environment.request("DELETE", f"/integrated-account/{told.account}")
    assert fill(told, gone) == 1
    assert events(told) == []


async def all_of(filling: Backfill, payloads: Sequence[Mapping[str, Any]]) -> None:
    await asyncio.gather(*(filling.work(each) for each in payloads))


def test_the_lists_ten_calls_a_minute_are_kept(told: World) -> None:
    """As many subjects as a large account has, all at once: what has to wait is a job for later."""
    served = told.environment.served
    kernel = served.kernel
    waiting: list[Mapping[str, Any]] = [
        order(told, since=NOW - 86_400 - number).payload() for number in range(12)
    ]
    seen = {each.id for each in served.run(kernel.jobs.list(kind=BACKFILL))}
    at = NOW + 1
    for _ in range(12):
        at = turning(told, all_of(backfill(kernel), waiting), since=at)
        jobs = [each for each in served.run(kernel.jobs.list(kind=BACKFILL)) if each.id not in seen]
        seen |= {each.id for each in jobs}
        waiting = [each.payload for each in jobs]
        if not waiting:
            break
        at = max(at, *(each.at or 0.0 for each in jobs))
    assert not waiting
    listed = [each for each in told.sandbox.calls() if "/activity/" in each["path"]]
    assert [each["status"] for each in listed] == [200] * 12, "none is refused, and none left out"
    times = [datetime.fromisoformat(each["at"]).timestamp() for each in listed]
    assert all(later - at >= 60 for at, later in zip(times, times[10:], strict=False))
