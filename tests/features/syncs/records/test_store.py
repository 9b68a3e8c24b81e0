"""Kept records are found by whose they are; a job's records are its own."""

from tests.support.raw_provider import answering
from tests.support.syncs import Syncs, keep, request


def test_records_belong_to_their_job(bare: Syncs) -> None:
    behaviour = answering(200, {"data": [{"id": 1}, {"id": 2}]})
    bare.world.provider.behave(behaviour)  # type: ignore[union-attr]
    one = bare.job(request("guests", "guests"), keep("guests"))
    two = bare.job(request("guests", "guests"), keep("guests"))
    bare.run(one)
    bare.run(two)
    assert len(bare.records()) == 4
    assert {each["record_id"] for each in bare.records(sync_job_id=one)} == {"1", "2"}
    [kept] = bare.records(sync_job_id=two, record_id="2")
    assert bare.environment.get(f"/sync-record/{kept['id']}").json() == kept
    assert (kept["record"], kept["is_deleted"]) == ({"id": 2}, False)
    assert bare.environment.get("/sync-record/x").status_code == 404
    assert bare.environment.request("DELETE", f"/sync-job/{two}").status_code == 200
    assert len(bare.records()) == 2
