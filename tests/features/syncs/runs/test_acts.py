"""Loops, spools, state and events, over a scripted provider."""

from typing import Any

import pytest
from tests.support.raw_provider import Exchange
from tests.support.syncs import Syncs, keep, request, tell

PEOPLE = request("people", "people")
GUESTS = request("guests", "guests")


@pytest.fixture(autouse=True)
def provider(bare: Syncs) -> None:
    def behave(exchange: Exchange) -> None:
        path, _, query = exchange.target.partition("?")
        if path.endswith("/people"):
            first = "page=2" not in query
            start = 1 if first else 3
            body: Any = {"data": [{"id": start}, {"id": start + 1}], "more": first}
        elif path.endswith("/guests"):
            body = {"data": [{"id": f"g-{query}"}]}
        else:
            body = {"data": {"id": path.rpartition("/")[2], "name": "one"}}
        exchange.answer(200, body)

    bare.world.provider.behave(behave)  # type: ignore[union-attr]


def asked(bare: Syncs) -> list[str]:
    received = bare.world.provider.received  # type: ignore[union-attr]
    return [each.target.removeprefix("/v1/") for each in received]


def told(bare: Syncs, run: dict[str, Any]) -> list[list[Any]]:
    assert run["status"] == "completed", run
    found = [each for _, each in bare.events("sync_job_run:record")]
    return [each["records"] for each in found if each["sync_job_run_id"] == run["id"]]


def test_a_request_for_each_record_above(bare: Syncs) -> None:
    child = {
        **request("one", "people", depends_on="people", loop_on="resources.people"),
        "method": "get",
        "id": "{{resources.people.id}}",
    }
    run = bare.run(bare.job(PEOPLE, child, tell("one")))
    assert [batch[0]["id"] for batch in told(bare, run)] == ["1", "2", "3", "4"]
    assert asked(bare) == [
        "people?page=1&limit=100",
        *("people/1", "people/2"),
        "people?page=2&limit=100",
        *("people/3", "people/4"),
    ]
    assert run["resource_stats"]["people"]["get"] == {"pages": 4, "fetched": 4, "told": 4}


def test_a_request_for_each_argument(bare: Syncs) -> None:
    node = {**GUESTS, "loop_on": "args.letters", "query": {"q": "{{args.letters}}"}}
    run = bare.run(bare.job(node, tell("guests")), args={"letters": ["a", "b"]})
    assert asked(bare) == ["guests?q=a", "guests?q=b"]
    assert len(told(bare, run)) == 2


def test_a_query_may_be_an_expression(bare: Syncs) -> None:
    run = bare.run(bare.job({**GUESTS, "query": "{'n': $string(1 + 1)}"}, tell("guests")))
    assert told(bare, run) == [[{"id": "g-n=2"}]]
    wrong = bare.run(bare.job({**GUESTS, "query": "'text'"}, tell("guests")))
    assert "must give an object" in wrong["error"]["message"]


def test_a_spool_hands_on_everything_at_once(bare: Syncs) -> None:
    run = bare.run(
        bare.job(
            PEOPLE,
            {"name": "all", "type": "spool", "depends_on": "people"},
            {
                "name": "sum",
                "type": "transform",
                "depends_on": "all",
                "config": {"expression": "{'id': 'sum', 'of': $sum(resources.people.id)}"},
            },
            tell("sum"),
            keep("sum"),
        )
    )
    assert told(bare, run) == [[{"id": "sum", "of": 10}]]
    assert [each["resource"] for each in bare.records()] == ["sum"]


def test_state_outlives_a_run(bare: Syncs) -> None:
    job = bare.job(
        {"name": "since", "type": "get_state", "config": {"key": "since", "default": "never"}},
        {
            "name": "given",
            "type": "add_context",
            "depends_on": "since",
            "config": {"expression": "{'since': resources.since.value}"},
        },
        {**GUESTS, "depends_on": "given", "query": {"since": "{{since}}"}},
        tell("guests"),
        {"name": "end", "type": "event", "config": {"name": "complete"}},
        {
            "name": "done",
            "type": "update_state",
            "depends_on": "end",
            "config": {
                "key": "since",
                "value_expression": "sync_job_run.status = 'completed' ? 'yesterday'",
            },
        },
        state_key="space-{{args.integrated_account_id}}",
    )
    runs = [bare.run(job), bare.run(job), bare.run(job, ignore_previous_run=True)]
    assert {each["status"] for each in runs} == {"completed"}
    assert asked(bare) == ["guests?since=never", "guests?since=yesterday", "guests?since=never"]
    space = f"state_key=space-{bare.world.account}"
    [cell] = bare.environment.get(f"/sync-job-run-state?{space}").json()["result"]
    assert (cell["key"], cell["value"]) == ("since", "yesterday")
    assert cell["sync_job_run_id"] == runs[2]["id"]


def test_the_moments_of_a_run_that_fails(bare: Syncs) -> None:
    events = [
        {"name": f"on-{moment}", "type": "event", "config": {"name": moment}}
        for moment in ("start", "complete", "error")
    ]
    writes = [
        {
            "name": f"write-{moment}",
            "type": "update_state",
            "depends_on": f"on-{moment}",
            "config": {"key": moment, "value_expression": "sync_job_run.status"},
        }
        for moment in ("start", "complete", "error")
    ]
    broken = {**GUESTS, "query": {"a": "{{args.missing}}"}}
    run = bare.run(bare.job(*events, *writes, broken, state_key="moments"))
    assert (run["status"], run["error"]["code"]) == ("failed", "caller.invalid_request")
    assert "args.missing" in run["error"]["message"]
    cells = bare.environment.get("/sync-job-run-state?state_key=moments").json()["result"]
    assert {each["key"]: each["value"] for each in cells} == {"start": "running", "error": "failed"}


def test_run_if_leaves_a_request_out(bare: Syncs) -> None:
    node = {**PEOPLE, "run_if": "args.wanted", "delete_tracking": "soft"}
    job = bare.job(node, keep("people"))
    assert bare.run(job, args={"wanted": True})["status"] == "completed"
    before = len(bare.changes())
    assert bare.run(job)["status"] == "completed"
    assert bare.changes(before) == []
