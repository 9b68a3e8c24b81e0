"""A turned clock: jobs become due when it moves, as tests move it."""

from typing import Any

from waypost.adapters.dbos_jobs.ground import JOB


def wake_due(client: Any, now: float) -> int:
    """Let the jobs begin whose moment on the platform's clock has come; return how many."""
    woken = 0
    waiting = client.list_workflows(name=JOB, status="DELAYED", load_input=False)
    for found in waiting:
        at = (found.attributes or {}).get("at")
        if at is not None and at <= now:
            client.set_workflow_delay(found.workflow_id, delay_until_epoch_ms=0)
            woken += 1
    return woken
