"""Of two who take the same step, one writes; of two who would run alone, one does."""

from tests.support.syncs import Syncs, keep, request

from waypost.features.syncs.runs import store


def test_a_step_is_taken_once(bare: Syncs) -> None:
    run = bare.order(bare.job(request("people", "people"), keep("people")))
    database = bare.served.kernel.database
    environment_id = bare.environment.id

    async def take(step: int) -> bool:
        async with database.write() as connection:
            place = (connection, environment_id, run["id"], step)
            return await store.advance(*place, {"updated_at": 1.0})

    assert [bare.served.run(take(step)) for step in (0, 0, 1, 0)] == [True, False, True, False]


def test_one_holds_a_key(bare: Syncs) -> None:
    job = bare.job(request("people", "people"), keep("people"))
    one, two = bare.order(job), bare.order(job)
    database, environment_id = bare.served.kernel.database, bare.environment.id

    async def hold(run_id: str) -> bool:
        async with database.write() as connection:
            place = (connection, environment_id, bare.world.account, "k", run_id)
            return await store.hold(*place)

    assert [bare.served.run(hold(each["id"])) for each in (one, two, one)] == [True, False, True]


def test_runs_are_found_by_what_they_are(bare: Syncs) -> None:
    job = bare.job(request("people", "people"), keep("people"))
    run = bare.run(job)
    bare.order(bare.job(request("guests", "guests"), keep("guests")))
    for query in (
        f"sync_job_id={job}",
        "status=completed",
        f"integrated_account_id={bare.world.account}&sync_job_id[eq]={job}",
    ):
        found = bare.environment.get(f"/sync-job-run?{query}").json()["result"]
        assert [each["id"] for each in found] == [run["id"]], query
