"""Runs over a real sandbox and a scripted provider: what is told is exactly what changed."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.features.syncs.conftest import person
from tests.support.raw_provider import Behaviour, Exchange, answering
from tests.support.syncs import Syncs, keep, request, tell
from tests.support.world import World, turn_platform

from waypost.features.syncs.kinds import FORGET, STEP, WATCH

USERS = "user-directory/users"
PEOPLE = request("people", "people")
TRACKED = {**PEOPLE, "delete_tracking": "soft"}


def native(syncs: Syncs, verb: str, path: str, **rest: Any) -> Any:
    """Do something at the sandbox as somebody there would."""
    assert isinstance(syncs.world, World)
    there = syncs.world.sandbox
    headers = {"authorization": f"Bearer {there.api_token}"}
    answer = there.http.request(verb, f"{there.root}/v1/{path}", headers=headers, **rest)
    assert answer.status_code < 300, answer.text
    return answer


def turn(syncs: Syncs, moment: str) -> None:
    turn_platform(syncs.served, moment)
    if isinstance(syncs.world, World):
        syncs.world.sandbox.freeze(moment)


def paged(people: list[Any], size: int = 2) -> Behaviour:
    """Answer lists of people in pages, and each of them by id."""

    def behave(exchange: Exchange) -> None:
        parts = urlsplit(exchange.target)
        identity = parts.path.rpartition("/people/")[2]
        if identity != parts.path:
            found = [each for each in people if str(each["id"]) == identity]
            exchange.answer(200 if found else 404, {"data": found[0] if found else None})
            return
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        start = (page - 1) * size
        more = start + size < len(people)
        exchange.answer(200, {"data": people[start : start + size], "more": more})

    return behave


def targets(syncs: Syncs) -> list[str]:
    return [each.target for each in syncs.world.provider.received]  # type: ignore[union-attr]


def behave(syncs: Syncs, behaviour: Behaviour) -> None:
    syncs.world.provider.behave(behaviour)  # type: ignore[union-attr]


def test_a_second_run_tells_exactly_the_differences(syncs: Syncs) -> None:
    job = syncs.job()
    first = syncs.run(job)
    assert first["status"] == "completed", first
    people = [each["record"] for each in syncs.records(resource=USERS)]
    assert {"u000", "u001", "u002"} <= {each["id"] for each in people}
    before = syncs.changes()
    assert {kind for kind, _, _ in before} == {"record:created"}
    assert len(before) == len(syncs.records())
    stats = first["resource_stats"][USERS]["list"]
    assert stats["fetched"] == stats["created"] == len(people)

    turn(syncs, "2026-11-22T11:00:00+00:00")
    native(syncs, "DELETE", "users/u001")
    native(syncs, "PUT", "users/u002", json={"role": "Designer"})
    syncs.world.sandbox.seed(users=[person(9)])  # type: ignore[union-attr]
    second = syncs.run(job)
    assert second["status"] == "completed", second
    assert sorted(syncs.changes(len(before))) == [
        ("record:created", USERS, "u009"),
        ("record:deleted", USERS, "u001"),
        ("record:updated", USERS, "u002"),
    ]
    assert [r["record_id"] for r in syncs.records(is_deleted="true")] == ["u001"]
    batches = [each for _, each in syncs.events("sync_job_run:record")]
    told = [each for each in batches if each["sync_job_run_id"] == second["id"]]
    assert [{r["id"] for r in each["records"]} for each in told] == [{"u002", "u009"}, {"u001"}]
    assert told[0]["meta"]["changes"] == {"created": ["u009"], "updated": ["u002"]}
    assert told[1]["meta"]["changes"] == {"deleted": ["u001"]}

    turn(syncs, "2026-11-22T12:00:00+00:00")
    before = syncs.changes()
    third = syncs.run(job)
    assert (third["status"], syncs.changes(len(before))) == ("completed", [])
    turn(syncs, "2026-11-22T13:00:00+00:00")
    again = syncs.run(job, ignore_previous_run=True)
    batches = [each for _, each in syncs.events("sync_job_run:record")]
    told = [each for each in batches if each["sync_job_run_id"] == again["id"]]
    assert sum(len(each["records"]) for each in told) == len(syncs.records(is_deleted="false"))


def test_a_run_lives_in_the_log_and_in_its_events(syncs: Syncs) -> None:
    job = syncs.job()
    run = syncs.run(job)
    assert [name for name, _ in syncs.events() if name.startswith("sync_job_run:")][0:2] == [
        "sync_job_run:created",
        "sync_job_run:started",
    ]
    assert syncs.events()[-1][0] == "sync_job_run:completed"
    assert syncs.events()[-1][1]["resource_stats"] == run["resource_stats"]
    surfaces = {each["surface"] for each in syncs.environment.records()}
    assert "sync" in surfaces
    quiet = syncs.run(job, events_to_send=["sync_job_run:failed"])
    assert not [e for e in syncs.events() if e[1].get("id") == quiet["id"]]


def test_several_pages_and_a_delete_that_is_asked_for(bare: Syncs) -> None:
    people = [{"id": number, "name": f"P{number}"} for number in range(5)]
    behave(bare, paged(people))
    job = bare.job(TRACKED, keep("people"))
    run = bare.run(job)
    assert run["resource_stats"]["people"]["list"] == {
        "pages": 3,
        "fetched": 5,
        "persisted": 5,
        "created": 5,
        "updated": 0,
    }
    turn(bare, "2036-01-01T00:00:00+00:00")
    slipped = people.pop(1)
    hidden = [each for each in people if each["id"] != 3]
    lists, one_by_one = paged(hidden), paged(people)

    def some(exchange: Exchange) -> None:
        (one_by_one if "/people/" in exchange.target else lists)(exchange)

    behave(bare, some)
    before = bare.changes()
    run = bare.run(job)
    assert bare.changes(len(before)) == [("record:deleted", "people", str(slipped["id"]))]
    assert run["resource_stats"]["people"]["list"]["deleted"] == 1
    behave(bare, paged([*people, slipped]))
    before = bare.changes()
    bare.run(job)
    assert bare.changes(len(before)) == [("record:created", "people", "1")]


def test_who_cannot_be_asked_for_must_be_missed_twice(bare: Syncs) -> None:
    """Records of a list in several pages, of a resource without a get."""
    groups = request("groups", "user-directory/groups", delete_tracking="hard")
    job = bare.job(groups, keep("groups"))
    people = [{"id": number, "name": "g"} for number in range(1100)]
    behave(bare, answering(200, {"data": people}))
    bare.run(job)
    behave(bare, answering(200, {"data": people[1:]}))
    before = len(bare.changes())
    bare.run(job)
    assert bare.changes(before) == []
    bare.run(job)
    assert bare.changes(before) == [("record:deleted", "user-directory/groups", "0")]
    assert bare.records(record_id="0") == []


@pytest.mark.parametrize("handling", ["fail_fast", "ignore", "batch"])
def test_a_page_that_repeats_for_ever(bare: Syncs, handling: str) -> None:
    behave(bare, answering(200, {"data": [{"id": 1}, {"id": 2}], "more": True}))
    job = bare.job(TRACKED, keep("people"))
    run = bare.run(job, error_handling=handling)
    assert len(targets(bare)) == 2
    errors = bare.events("sync_job_run:record_error")
    if handling == "fail_fast":
        assert (run["status"], errors) == ("failed", [])
        assert "repeats itself" in run["error"]["message"]
        assert run["error"]["node"] == "people"
    else:
        assert run["status"] == "completed"
        [(_, error)] = errors
        assert "repeats itself" in error["errors"][0]["message"]
    assert len(bare.records()) == 2


def test_what_was_not_read_whole_deletes_nothing(bare: Syncs) -> None:
    people = [{"id": number} for number in range(4)]
    behave(bare, paged(people))
    job = bare.job(TRACKED, keep("people"))
    bare.run(job)
    lists = paged(people[:2])

    def breaking(exchange: Exchange) -> None:
        if "page=2" in exchange.target:
            exchange.answer(422, {"message": "no"})
        else:
            lists(exchange)

    behave(bare, breaking)
    people_then = paged([*people[:2], {"id": 9}, {"id": 10}])

    def broken(exchange: Exchange) -> None:
        (breaking if "page=2" in exchange.target else people_then)(exchange)

    behave(bare, broken)
    before = len(bare.changes())
    run = bare.run(job, error_handling="ignore")
    assert (run["status"], bare.changes(before)) == ("completed", [])
    assert bare.run(job)["status"] == "failed"
    assert bare.changes(before) == []


def test_a_step_that_is_done_twice_counts_once(bare: Syncs) -> None:
    """As after a kill -9: the job is run again, before or after its transaction."""
    behave(bare, paged([{"id": number} for number in range(6)]))
    run = bare.order(bare.job(TRACKED, keep("people"), tell("people")))
    while due := bare.waiting():
        bare.do(due[0])
        bare.do(due[0])
    assert bare.seen(run["id"])["status"] == "completed"
    assert len(bare.changes()) == 6
    told = [r["id"] for _, each in bare.events("sync_job_run:record") for r in each["records"]]
    assert told == [0, 1, 2, 3, 4, 5]


def test_progress_is_readable_while_it_runs(bare: Syncs) -> None:
    behave(bare, paged([{"id": number} for number in range(6)]))
    run = bare.order(bare.job(PEOPLE, keep("people")))
    seen = []
    while bare.work(1):
        now = bare.seen(run["id"])
        fetched = now["resource_stats"].get("people", {}).get("list", {}).get("fetched", 0)
        seen.append((now["status"], fetched))
    assert seen == [("running", 0), ("running", 2), ("running", 4), ("completed", 6)]


def test_one_runs_at_a_time_unless_forced(bare: Syncs) -> None:
    behave(bare, paged([{"id": 1}]))
    job = bare.job(PEOPLE, keep("people"), mutex_key="{{args.integrated_account_id}}")
    other = bare.job(PEOPLE, keep("people"), mutex_key="{{args.integrated_account_id}}")
    first, second = bare.order(job), bare.order(other)
    bare.do(bare.waiting()[0])
    for each in [each for each in bare.waiting() if each.payload["run_id"] == second["id"]]:
        bare.do(each)
    assert [bare.seen(each["id"])["status"] for each in (first, second)] == ["running", "created"]
    forced = bare.order(other, force=True)
    for each in [each for each in bare.waiting() if each.payload["run_id"] == forced["id"]]:
        bare.do(each)
    assert bare.seen(forced["id"])["status"] == "running"
    bare.work()
    assert {bare.seen(each["id"])["status"] for each in (first, second, forced)} == {"completed"}


def test_a_stopped_run_frees_whoever_waits(bare: Syncs) -> None:
    behave(bare, paged([{"id": number} for number in range(6)]))
    job = bare.job(PEOPLE, keep("people"))
    first, second = bare.order(job), bare.order(job)
    bare.work(3)
    stopped = bare.environment.request("DELETE", f"/sync-job-run/{first['id']}").json()
    assert (stopped["id"], stopped["status"]) == (first["id"], "stopped")
    bare.work()
    assert bare.seen(first["id"])["status"] == "stopped"
    assert bare.seen(second["id"])["status"] == "completed"
    assert ("sync_job_run:updated", "stopped") in [
        (name, each.get("status")) for name, each in bare.events()
    ]


def test_what_may_pass_is_tried_again_later(bare: Syncs) -> None:
    turn(bare, "2026-11-22T10:00:00+00:00")
    behave(bare, answering(503, {"message": "later"}))
    run = bare.order(bare.job(PEOPLE, keep("people")))
    bare.work()
    assert bare.seen(run["id"])["status"] == "running"
    turn(bare, "2026-11-22T10:01:00+00:00")
    behave(bare, paged([{"id": 1}]))
    bare.work()
    assert bare.seen(run["id"])["status"] == "completed"


def test_a_refused_token_ends_the_run_and_marks_the_account(bare: Syncs) -> None:
    behave(bare, answering(401, {"message": "who?"}))
    run = bare.run(bare.job(PEOPLE, keep("people")), error_handling="ignore")
    assert (run["status"], run["error"]["status"]) == ("failed", 401)
    assert "must be linked again" in run["error"]["hint"]
    assert bare.environment.account(bare.world.account)["status"] == "needs_reauth"


def test_a_limit_of_the_provider_is_waited_out(bare: Syncs) -> None:
    turn(bare, "2026-11-22T10:00:00+00:00")
    behave(bare, answering(429, {"message": "slow"}, retry_after="3600"))
    run = bare.order(bare.job(PEOPLE, keep("people")))
    bare.work()
    seen = bare.seen(run["id"])
    assert (seen["status"], seen["retry_after"]) == ("rate_limited", "2026-11-22T11:00:00.000Z")
    turn(bare, "2026-11-22T10:59:00+00:00")
    assert bare.work() == 0
    behave(bare, paged([{"id": 1}]))
    turn(bare, "2026-11-22T11:00:30+00:00")
    bare.work()
    assert bare.seen(run["id"])["status"] == "completed"
    names = [name.partition(":")[2] for name, _ in bare.events() if "run:" in name]
    assert names == ["created", "started", "rate_limited", "updated", "completed"]


def test_where_nothing_moves_the_watch_takes_it_up(bare: Syncs) -> None:
    turn(bare, "2026-11-22T10:00:00+00:00")
    behave(bare, paged([{"id": 1}]))
    run = bare.order(bare.job(PEOPLE, keep("people")))
    bare.work(1)
    lost = bare.waiting()
    bare.done |= {each.id for each in lost}  # as if the job had vanished
    watch: Callable[[Any], Any] = bare.handlers[WATCH].work
    bare.served.run(watch({}))
    assert bare.waiting() == []
    turn(bare, "2026-11-22T10:05:01+00:00")
    bare.served.run(watch({}))
    assert [each.kind for each in bare.waiting()] == [STEP]
    bare.work()
    assert bare.seen(run["id"])["status"] == "completed"


def test_a_run_of_an_account_that_is_gone_is_gone(bare: Syncs) -> None:
    behave(bare, paged([{"id": 1}]))
    run = bare.order(bare.job(PEOPLE, keep("people")))
    bare.work(1)
    bare.environment.request("DELETE", f"/integrated-account/{bare.world.account}")
    assert bare.work() == 1
    assert bare.environment.get(f"/sync-job-run/{run['id']}").status_code == 404


def test_old_runs_and_old_deletes_are_forgotten(bare: Syncs) -> None:
    turn(bare, "2026-01-01T00:00:00+00:00")
    behave(bare, paged([{"id": 1}, {"id": 2}]))
    job = bare.job(TRACKED, keep("people"))
    old = bare.run(job)
    turn(bare, "2026-01-02T00:00:00+00:00")
    behave(bare, paged([{"id": 2}]))
    bare.run(job)
    turn(bare, "2026-04-04T00:00:00+00:00")
    newest = bare.run(job)
    assert len(bare.records()) == 2
    forget: Callable[[Any], Any] = bare.handlers[FORGET].work
    bare.served.run(forget({}))
    assert bare.environment.get(f"/sync-job-run/{old['id']}").status_code == 404
    assert bare.seen(newest["id"])["status"] == "completed"
    assert [each["record_id"] for each in bare.records()] == ["2"]


def test_one_job_takes_a_run_forward_for_a_while(bare: Syncs) -> None:
    behave(bare, paged([{"id": number} for number in range(6)]))
    quick = Syncs(bare.world, stretch=60.0)
    run = quick.order(quick.job(PEOPLE, keep("people")))
    assert quick.work() == 1
    assert quick.seen(run["id"])["status"] == "completed"


def test_a_job_that_is_taken_over_goes_on_where_the_dead_had_got_to(bare: Syncs) -> None:
    behave(bare, paged([{"id": number} for number in range(6)]))
    run = bare.order(bare.job(PEOPLE, keep("people")))
    first = bare.waiting()[0]
    bare.work(3)
    bare.done |= {each.id for each in bare.waiting()}  # killed before it had another follow
    asked = len(targets(bare))
    quick = Syncs(bare.world, stretch=60.0)
    quick.do(first)
    assert quick.seen(run["id"])["status"] == "completed"
    assert len(targets(bare)) == asked + 1
    assert len(quick.changes()) == 6


def test_a_job_that_is_taken_over_does_not_hurry_what_waits(bare: Syncs) -> None:
    turn(bare, "2026-11-22T10:00:00+00:00")
    behave(bare, answering(429, {"message": "slow"}, retry_after="3600"))
    run = bare.order(bare.job(PEOPLE, keep("people")))
    first = bare.waiting()[0]
    bare.work()
    asked = len(targets(bare))
    bare.do(first)
    assert len(targets(bare)) == asked
    assert bare.seen(run["id"])["status"] == "rate_limited"
