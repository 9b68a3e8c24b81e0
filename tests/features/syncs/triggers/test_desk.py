"""Triggers fire on the turned clock, once for each moment, and never pile up."""

from typing import Any

import pytest
from tests.support.raw_provider import answering
from tests.support.syncs import Syncs, keep, request
from tests.support.world import turn_platform

PATH = "/sync-job-cron-trigger"


@pytest.fixture
def job(bare: Syncs) -> str:
    turn_platform(bare.served, "2026-11-22T10:00:00+00:00")
    bare.world.provider.behave(answering(200, {"data": [{"id": 1}]}))  # type: ignore[union-attr]
    return bare.job(request("people", "people"), keep("people"))


def made(bare: Syncs, job: str, **more: Any) -> dict[str, Any]:
    body = {
        "sync_job_id": job,
        "integrated_account_id": bare.world.account,
        "cron_expression": "0 * * * *",
        **more,
    }
    answer = bare.environment.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def schedule(bare: Syncs, trigger: dict[str, Any]) -> None:
    answer = bare.environment.post(f"{PATH}/{trigger['id']}/schedule")
    assert answer.json() == {"success": True}


def runs(bare: Syncs) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bare.environment.get("/sync-job-run").json()["result"]
    return found


def test_it_fires_by_the_clock_once_it_is_scheduled(bare: Syncs, job: str) -> None:
    trigger = made(bare, job, args={"webhook_id": "w"}, error_handling="ignore")
    assert (trigger["is_scheduled"], trigger["next_run_at"]) == (False, None)
    turn_platform(bare.served, "2026-11-22T10:30:00+00:00")
    assert bare.work() == 0
    schedule(bare, trigger)
    shown = bare.environment.get(f"{PATH}/{trigger['id']}").json()
    assert (shown["is_scheduled"], shown["next_run_at"]) == (True, "2026-11-22T11:00:00.000Z")
    for hour, count in ((11, 1), (12, 2)):
        turn_platform(bare.served, f"2026-11-22T{hour}:00:00+00:00")
        bare.work()
        assert len(runs(bare)) == count
    [first, _] = runs(bare)
    assert (first["status"], first["error_handling"]) == ("completed", "ignore")
    assert first["args"]["webhook_id"] == "w"
    assert first["sync_job_cron_trigger_id"] == trigger["id"]


def test_what_was_missed_is_one_run(bare: Syncs, job: str) -> None:
    schedule(bare, made(bare, job))
    turn_platform(bare.served, "2026-11-23T09:20:00+00:00")
    bare.work()
    assert len(runs(bare)) == 1
    shown = bare.environment.get(PATH).json()["result"][0]
    assert shown["next_run_at"] == "2026-11-23T10:00:00.000Z"
    assert shown["last_run_at"] == "2026-11-23T09:20:00.000Z"


def test_runs_do_not_pile_up(bare: Syncs, job: str) -> None:
    trigger = made(bare, job)
    schedule(bare, trigger)
    for hour in (11, 12, 13):
        turn_platform(bare.served, f"2026-11-22T{hour}:00:00+00:00")
        fires = [each for each in bare.waiting() if "trigger_id" in each.payload]
        for fire in fires:
            bare.do(fire)
            bare.do(fire)  # as after a kill -9
    assert len(runs(bare)) == 1


def test_another_expression_waits_to_be_scheduled(bare: Syncs, job: str) -> None:
    trigger = made(bare, job)
    schedule(bare, trigger)
    path = f"{PATH}/{trigger['id']}"
    changed = bare.environment.request("PATCH", path, json={"cron_expression": "30 * * * *"}).json()
    assert (changed["is_scheduled"], changed["next_run_at"]) == (False, None)
    turn_platform(bare.served, "2026-11-22T12:00:00+00:00")
    bare.work()
    assert runs(bare) == []
    schedule(bare, trigger)
    schedule(bare, trigger)
    turn_platform(bare.served, "2026-11-22T12:30:00+00:00")
    bare.work()
    assert len(runs(bare)) == 1
    assert bare.environment.request("DELETE", path).json() == {"id": trigger["id"]}
    turn_platform(bare.served, "2026-11-22T13:30:00+00:00")
    bare.work()
    assert len(runs(bare)) == 1


def test_a_run_that_cannot_be_ordered_is_told(bare: Syncs, job: str) -> None:
    schedule(bare, made(bare, job))
    change = {"args_schema": {"since": {"type": "string", "required": True}}}
    assert bare.environment.request("PATCH", f"/sync-job/{job}", json=change).status_code == 200
    turn_platform(bare.served, "2026-11-22T11:00:00+00:00")
    bare.work()
    assert runs(bare) == []
    assert "sync_job_cron_trigger:failed" in bare.environment.events()
    [shown] = bare.environment.get(PATH).json()["result"]
    assert shown["next_run_at"] == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"cron_expression": "every day"}, 400, "5 fields"),
        ({"sync_job_id": "x"}, 404, "sync job"),
        ({"integrated_account_id": "x"}, 404, "account"),
        ({"integrated_account_id": None}, 400, "integrated_account_id is missing"),
        ({"super_query": "wnam"}, 400, "super_query"),
    ],
)
def test_what_is_refused(
    bare: Syncs, job: str, more: dict[str, Any], status: int, said: str
) -> None:
    body = {
        "sync_job_id": job,
        "integrated_account_id": bare.world.account,
        "cron_expression": "0 * * * *",
        **more,
    }
    answer = bare.environment.post(PATH, json=body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
