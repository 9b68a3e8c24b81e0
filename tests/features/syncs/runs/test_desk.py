"""Runs are ordered by what their job takes, stopped, and deleted."""

from typing import Any

import pytest
from tests.support.syncs import Syncs, keep, request, tell

PEOPLE = request("people", "people")


def order(bare: Syncs, job: str, **more: Any) -> Any:
    body = {"sync_job_id": job, "integrated_account_id": bare.world.account, **more}
    return bare.environment.post("/sync-job-run", json=body)


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"sync_job_id": "x"}, 404, "no such sync job"),
        ({"integrated_account_id": "x"}, 404, "account"),
        ({"status": "running"}, 400, "status"),
        ({"super_query": "wnam"}, 400, "super_query: there is no SuperQuery here"),
        ({"datastore_id": "x"}, 400, "datastore_id"),
        ({"resources": [PEOPLE]}, 400, "resources: a run does what its job says"),
        ({"daemon_group_key": "x"}, 400, "no daemons"),
        ({"error_handling": "hope"}, 400, "error_handling"),
        ({"args": {"since": 7}}, 400, "args.since"),
        ({"args": {"since": "2020-01-01", "x": "y" * 70_000}}, 400, "at most 64000 bytes"),
        ({"args": {}}, 400, "since"),
        ({"args": {"since": "2020-01-01", "wrong": True}}, 400, "args: one word too many"),
        (
            {"args": {"since": "2020-01-01", "integrated_account_id": "another"}},
            400,
            "resources[0].integrated_account_id: a run reads the one account",
        ),
    ],
)
def test_what_a_job_does_not_take(
    bare: Syncs, more: dict[str, Any], status: int, said: str
) -> None:
    job = bare.job(
        {**PEOPLE, "integrated_account_id": "{{args.integrated_account_id}}"},
        args_schema={
            "since": {"type": "string", "format": "date", "required": True},
            "wrong": {"type": "boolean"},
            "x": {"type": "string"},
        },
        args_validation='args.wrong ? {"message": "one word too many"}',
    )
    answer = order(bare, job, **more)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


def test_a_job_of_another_integration(bare: Syncs) -> None:
    job = bare.job(request("d", "domains"), integration_name="mailersend")
    answer = order(bare, job)
    assert "the account is of acme" in answer.json()["message"]


def test_a_run_is_as_ordered(bare: Syncs) -> None:
    job = bare.job(PEOPLE, tell("people"), mutex_key="m-{{args.webhook_id}}", state_key="s")
    run = order(bare, job, webhook_id="w", error_handling="batch").json()
    assert run["args"] == {"integrated_account_id": bare.world.account, "webhook_id": "w"}
    assert (run["mutex_key"], run["state_key"], run["error_handling"]) == ("m-w", "s", "batch")
    assert (run["status"], run["started_at"], run["finished_at"]) == ("created", None, None)
    other = order(bare, job, args={"webhook_id": "v"}, mutex_key="own", state_key="k").json()
    assert (other["mutex_key"], other["state_key"]) == ("own", "k")


def test_the_end_of_a_run(bare: Syncs) -> None:
    job = bare.job(PEOPLE, keep("people"))
    run = bare.run(job)
    path = f"/sync-job-run/{run['id']}"
    assert bare.environment.request("PATCH", path, json={"status": "stopped"}).status_code == 409
    assert bare.environment.request("PATCH", path, json={"status": "failed"}).status_code == 400
    assert bare.environment.request("DELETE", path).json() == {"id": run["id"]}
    assert bare.environment.get(path).status_code == 404
    assert bare.events()[-1][0] == "sync_job_run:deleted"
    waiting = bare.order(job)
    stopped = bare.environment.request(
        "PATCH", f"/sync-job-run/{waiting['id']}", json={"status": "stopped"}
    ).json()
    assert stopped["status"] == "stopped"
    assert bare.work() == 1
    assert bare.seen(waiting["id"])["status"] == "stopped"
