"""What a run tells of itself and its records."""

from dataclasses import replace

from tests.support.syncs import request, tell

from waypost.features.syncs.definitions.graph import read_definition
from waypost.features.syncs.runs.flow import Batch, Delivery
from waypost.features.syncs.runs.store import Run
from waypost.features.syncs.runs.telling import of_batch, of_change, of_error, of_run, wanted

RUN = Run(
    id="r1",
    environment_id="e1",
    sync_job_id="j1",
    account_id="a1",
    trigger_id=None,
    status="running",
    args={},
    resources=[{"name": "large"}],
    error_handling="ignore",
    ignore_previous_run=False,
    force=False,
    events_to_send=None,
    mutex_key="m",
    state_key="s",
    created_at=0.0,
    updated_at=0.0,
)
WHOSE = {
    "integrated_account_id": "a1",
    "tenant_id": "t1",
    "sync_job_id": "j1",
    "sync_job_run_id": "r1",
}
TAKERS = read_definition([request("users", "d/u"), tell("users")]).takers["users"]


def test_a_runs_life() -> None:
    name, payload = of_run(RUN, "started", "t1")
    assert name == "sync_job_run:started"
    assert (payload["id"], payload["tenant_id"], payload["status"]) == ("r1", "t1", "running")
    assert "resources" not in payload
    assert "checkpoint" not in payload


def test_a_batch_in_portions_with_its_changes() -> None:
    records = tuple({"id": number} for number in range(150))
    delivery = Delivery(TAKERS[0], Batch("users", ("resources", "d", "u"), records), "w1")
    told = of_batch(RUN, "t1", delivery, "d/u", {"created": ["0", "149"], "updated": []})
    assert [len(payload["records"]) for _, payload in told] == [100, 50]
    assert [payload["meta"]["changes"]["created"] for _, payload in told] == [["0"], ["149"]]
    assert all(payload["webhook_id"] == "w1" for _, payload in told)
    assert told[0][1].items() >= WHOSE.items()
    plain = of_batch(RUN, "t1", replace(delivery, to=None), "d/u", None)
    assert "webhook_id" not in plain[0][1]
    assert "changes" not in plain[0][1]["meta"]


def test_a_record_and_an_error() -> None:
    name, payload = of_change(RUN, "t1", "created", resource="d/u", record={"id": 7, "a": 1})
    assert name == "record:created"
    assert payload == {**WHOSE, "resource": "d/u", "id": "7", "record": {"id": 7, "a": 1}}
    name, payload = of_error(RUN, "t1", [{"code": "x", "message": "y"}])
    assert (name, payload["code"], len(payload["errors"])) == ("sync_job_run:record_error", "x", 1)


def test_a_run_may_keep_quiet() -> None:
    happened = [of_run(RUN, "started", None), of_run(RUN, "completed", None)]
    assert wanted(RUN, happened) == happened
    few = replace(RUN, events_to_send=["sync_job_run:completed"])
    assert [name for name, _ in wanted(few, happened)] == ["sync_job_run:completed"]
    assert wanted(replace(RUN, events_to_send=[]), happened) == []
