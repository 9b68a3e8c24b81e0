"""What a trigger shows of itself."""

from waypost.features.syncs.triggers.store import Trigger


def test_a_trigger_shows_when_it_runs_next() -> None:
    trigger = Trigger(
        id="t1",
        environment_id="e1",
        sync_job_id="j1",
        account_id="a1",
        cron_expression="0 * * * *",
        args={},
        error_handling=None,
        events_to_send=None,
        meta=None,
        is_scheduled=True,
        schedule=3,
        next_at=3600.0,
        last_at=None,
        created_at=0.0,
        updated_at=0.0,
    )
    shown = trigger.wire()
    assert shown["integrated_account_id"] == "a1"
    assert (shown["next_run_at"], shown["last_run_at"]) == ("1970-01-01T01:00:00.000Z", None)
    assert "schedule" not in shown
