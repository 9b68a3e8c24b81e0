"""Suppressions as a sync: the provider's lists are read anew, and the merged store's changes told."""

from typing import Any

from tests.support.syncs import Syncs
from tests.support.world import World, turn_platform

from waypost.features.syncs.definitions.templates import SUPPRESSIONS

HELD = "suppressions/entries"


def native(syncs: Syncs, verb: str, path: str, body: Any = None) -> Any:
    assert isinstance(syncs.world, World)
    there = syncs.world.sandbox
    headers = {"authorization": f"Bearer {there.api_token}"}
    answer = there.http.request(verb, f"{there.root}/v1/{path}", json=body, headers=headers)
    assert answer.status_code < 300, answer.text
    return answer


def turn(syncs: Syncs, moment: str) -> None:
    assert isinstance(syncs.world, World)
    syncs.world.sandbox.freeze(moment)
    turn_platform(syncs.served, moment)


def told(syncs: Syncs, since: int) -> list[tuple[str, str]]:
    changes = [each for each in syncs.events() if each[0].startswith("record:")][since:]
    return [(name.partition(":")[2], each["record"]["address"]) for name, each in changes]


def test_who_is_held_back_and_who_no_longer(syncs: Syncs) -> None:
    world = syncs.world
    assert isinstance(world, World)
    world.sandbox.seed(domains=[{"id": "d1", "name": "orchard.test", "is_verified": True}])
    unsubscribed = {"domain_id": "d1", "recipients": ["nia@example.com", "ola@example.com"]}
    native(syncs, "POST", "suppressions/unsubscribes", unsubscribed)
    environment = syncs.environment
    own = environment.made("/suppression", tenant_id="tenant-1", address="@spam.test")
    environment.made("/tenant", id="tenant-2")
    environment.made("/suppression", tenant_id="tenant-2", address="other@example.com")
    job = syncs.job(sync_job_template_id=SUPPRESSIONS.id)
    first = syncs.run(job)
    assert first["status"] == "completed", first
    addresses = {"nia@example.com", "ola@example.com", "@spam.test"}
    assert {each["record"]["address"] for each in syncs.records(resource=HELD)} == addresses
    assert sorted(told(syncs, 0)) == [("created", each) for each in sorted(addresses)]
    reasons = {each["record"]["reason"] for each in syncs.records(resource=HELD)}
    assert reasons == {"unsubscribe", "manual"}

    turn(syncs, "2026-11-22T11:00:00+00:00")
    environment.request("DELETE", f"/suppression/{own}?why=a+mistake")
    native(
        syncs, "POST", "suppressions/spam-complaints", {**unsubscribed, "recipients": ["x@y.test"]}
    )
    assert syncs.run(job)["status"] == "completed"
    assert sorted(told(syncs, 3)) == [("created", "x@y.test"), ("deleted", "@spam.test")]

    turn(syncs, "2026-11-22T12:00:00+00:00")
    assert syncs.run(job)["status"] == "completed"
    assert told(syncs, 5) == []


def test_many_entries_take_several_pages_and_no_questions(syncs: Syncs) -> None:
    entries = [f"p{number}@example.com" for number in range(520)]
    made = syncs.environment.post(
        "/suppression", json={"tenant_id": "tenant-1", "addresses": entries}
    )
    assert made.status_code == 201
    job = syncs.job(sync_job_template_id=SUPPRESSIONS.id)
    run = syncs.run(job)
    assert run["resource_stats"][HELD]["list"]["pages"] == 2
    [last] = [each for each in made.json()["result"] if each["address"] == "p519@example.com"]
    syncs.environment.request("DELETE", f"/suppression/{last['id']}?why=x")
    turn(syncs, "2026-11-22T11:00:00+00:00")
    syncs.run(job)
    assert told(syncs, 520) == [("deleted", "p519@example.com")]
