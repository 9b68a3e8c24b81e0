"""A trigger of another environment does not exist."""

from tests.support.syncs import Syncs, keep, request
from tests.support.world import make_environment


def test_another_environment_sees_no_trigger(bare: Syncs) -> None:
    here = bare.environment
    trigger = here.made(
        "/sync-job-cron-trigger",
        sync_job_id=bare.job(request("people", "people"), keep("people")),
        integrated_account_id=bare.world.account,
        cron_expression="0 * * * *",
    )
    there = make_environment(here.served, here.http, "Other")
    path = f"/sync-job-cron-trigger/{trigger}"
    assert here.get(path).status_code == 200
    for verb, place in (
        ("GET", path),
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/schedule"),
    ):
        answer = there.request(verb, place, json={} if verb == "PATCH" else None)
        assert answer.status_code == 404, (verb, place)
    assert there.get("/sync-job-cron-trigger").json()["result"] == []
    assert here.get(f"/sync-job-cron-trigger?integrated_account_id={bare.world.account}").json()[
        "result"
    ]
