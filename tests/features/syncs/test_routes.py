"""Every address of syncs, seen from another environment: it does not exist."""

from tests.support.raw_provider import answering
from tests.support.syncs import Syncs, keep, request
from tests.support.world import make_environment


def test_another_environment_sees_nothing(bare: Syncs) -> None:
    here = bare.environment
    bare.world.provider.behave(answering(200, {"data": [{"id": 1}]}))  # type: ignore[union-attr]
    job = bare.job(request("people", "people"), keep("people"))
    run = bare.run(job)["id"]
    template = here.made("/sync-job-template", label="Mine")
    cell = here.post("/sync-job-run-state?state_key=s", json={"key": "k", "value": 1}).json()["id"]
    [record] = bare.records()
    there = make_environment(here.served, here.http, "Other")
    account = there.link("acme", {"api_key": "theirs"})
    for path in (
        f"/sync-job/{job}",
        f"/sync-job-run/{run}",
        f"/sync-job-template/{template}",
        f"/sync-job-run-state/{cell}?state_key=s",
        f"/sync-record/{record['id']}",
    ):
        assert here.get(path).status_code == 200, path
        assert there.get(path).status_code == 404, path
        if "record" not in path:
            assert there.request("DELETE", path).status_code == 404, path
    for path in ("sync-job", "sync-job-run", "sync-record", "sync-job-run-state?state_key=s"):
        assert there.get(f"/{path}").json()["result"] == [], path
    foreign = {"sync_job_id": job, "integrated_account_id": account}
    assert there.post("/sync-job-run", json=foreign).status_code == 404
    assert here.post("/sync-job-run", json=foreign).status_code == 404
    assert there.request("PATCH", f"/sync-job/{job}", json={"label": "x"}).status_code == 404
    copied = {"sync_job_template_id": template}
    assert there.post("/sync-job", json=copied).status_code == 404


def test_unknown_filters_are_refused(bare: Syncs) -> None:
    for path in ("sync-job", "sync-job-run", "sync-job-template", "sync-record"):
        assert bare.environment.get(f"/{path}?colour=red").status_code == 400
