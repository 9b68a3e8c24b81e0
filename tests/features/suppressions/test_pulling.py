"""What the sandbox's lists hold is held back here; nobody of it appears in its outbox again."""

import asyncio
import random
from typing import Any

import httpx
import pytest
from tests.support.sending import DOMAIN, SURFACES, letter, outbox, post, ready
from tests.support.world import World

from waypost.features.suppressions.pulling import PULL, ROUND, Pulling, handlers

KINDS = ("blocklist", "hard-bounces", "spam-complaints", "unsubscribes")


@pytest.fixture
def here(world: World) -> World:
    return ready(world)


def native(world: World, verb: str, kind: str, body: Any = None) -> httpx.Response:
    """Ask the sandbox as somebody at the provider would, past the platform."""
    there = world.sandbox
    return there.http.request(
        verb,
        f"{there.root}/v1/{kind}",
        json=body,
        headers={"authorization": f"Bearer {there.api_token}"},
    )


def suppress(world: World, kind: str, address: str) -> None:
    [domain] = native(world, "GET", "domains").json()["data"]
    body = {"domain_id": domain["id"], "recipients": [address]}
    answer = native(world, "POST", f"suppressions/{kind}", body)
    assert answer.status_code in (200, 201), answer.text


def pull(world: World) -> int:
    world.rest()
    served = world.environment.served
    return served.run(Pulling(served.kernel).pull(world.environment.id, world.account))


@pytest.mark.parametrize("kind", KINDS)
def test_each_list_is_read(here: World, kind: str) -> None:
    suppress(here, kind, "nia@example.com")
    pull(here)
    [entry] = here.environment.get("/suppression").json()["result"]
    assert (entry["address"], entry["source"]) == ("nia@example.com", "pull")
    assert entry["integrated_account_id"] == here.account
    everywhere = {"type": "all"}
    of_domain = {"type": "domain", "domain": DOMAIN}
    assert entry["scope"] == (everywhere if kind == "hard-bounces" else of_domain)
    pull(here)
    assert here.environment.get("/suppression").json()["result"][0]["id"] == entry["id"]


def test_more_than_one_page_and_a_pattern(here: World) -> None:
    for number in range(103):
        suppress(here, "unsubscribes", f"a{number}@example.com")
    native(here, "POST", "suppressions/blocklist", {"patterns": [".*@spam.test"]})
    pull(here)
    assert len(here.environment.get("/suppression").json()["result"]) == 104
    refused = post(here, "proxy", letter(to=[{"email": "who@spam.test"}]))
    assert refused.status_code == 422


def test_mail_to_an_asterisk_that_bounced_is_no_word_about_its_whole_domain(here: World) -> None:
    suppress(here, "hard-bounces", "*@example.com")
    pull(here)
    assert here.environment.get("/suppression").json()["result"] == []
    assert post(here, "proxy", letter(to=[{"email": "nia@example.com"}])).status_code == 202


def test_what_the_provider_removes_is_removed_after_two_readings(here: World) -> None:
    suppress(here, "hard-bounces", "nia@example.com")
    pull(here)
    native(here, "DELETE", "suppressions/hard-bounces", {"all": True})
    assert [pull(here), pull(here), pull(here)] == [0, 1, 0]
    [entry] = here.environment.get("/suppression").json()["result"]
    assert entry["removed"]["side"] == "provider"
    assert post(here, "proxy", letter(to=[{"email": "nia@example.com"}])).status_code == 202


def test_nobody_held_back_is_in_the_outbox_again(here: World) -> None:
    seed = random.Random(11)
    people = [f"p{number}@example.com" for number in range(6)]
    refusals = 0
    for _ in range(8):
        chosen = seed.choice(people)
        suppress(here, seed.choice(KINDS), chosen)
        pull(here)
        active = here.environment.get("/suppression?is_active=true").json()["result"]
        held = {entry["address"] for entry in active}
        assert chosen in held
        # Gone at the provider: what still holds it back is our own store.
        for kind in KINDS:
            native(here, "DELETE", f"suppressions/{kind}", {"all": True})
        before, some = len(outbox(here)), set(seed.sample(people, 3))
        body = letter(to=[{"email": each} for each in sorted(some)])
        answer = post(here, seed.choice(SURFACES), body)
        if held & some:
            refusals += 1
            assert answer.status_code == 422
            assert set(answer.json()["details"]["recipients"]) == held & some
            assert len(outbox(here)) == before
        else:
            assert answer.status_code == 202
            assert len(outbox(here)) > before
    assert 0 < refusals < 8


def test_the_next_hours_job_leaves_an_account_to_the_one_that_is_at_it(here: World) -> None:
    """Hours of a slow account would fill the lane, each reading the same pages."""
    served = here.environment.served
    pulling = Pulling(served.kernel)
    payload = {"environment_id": here.environment.id, "account_id": here.account}

    async def two_hours() -> None:
        await asyncio.gather(pulling.work(payload), pulling.work(payload))

    before = len(here.sandbox.calls())
    pull(here)
    once = len(here.sandbox.calls()) - before
    here.rest()
    served.run(two_hours())
    assert len(here.sandbox.calls()) - before == 2 * once
    here.rest()
    served.run(pulling.work(payload))
    assert len(here.sandbox.calls()) - before == 3 * once, (
        "and the hour after that it is read again"
    )


def test_an_account_that_cannot_be_called_is_left_alone(here: World) -> None:
    here.environment.request("DELETE", f"/integrated-account/{here.account}")
    assert pull(here) == 0


def test_the_work_is_named(here: World) -> None:
    kernel = here.environment.served.kernel
    assert [each.kind for each in handlers(kernel)] == [ROUND, PULL]
    here.environment.served.run(Pulling(kernel).round({}))


def test_whoever_wants_the_lists_fresh_has_them_read(here: World) -> None:
    suppress(here, "hard-bounces", "nia@example.com")
    served = here.environment.served
    served.run(served.kernel.suppressions.refresh(here.environment.id, here.account))
    [entry] = here.environment.get("/suppression").json()["result"]
    assert (entry["address"], entry["source"]) == ("nia@example.com", "pull")
