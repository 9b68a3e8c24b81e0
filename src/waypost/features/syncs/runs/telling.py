"""What a run tells: its own life, batches of records, and each record's change, as events."""

from collections.abc import Mapping, Sequence
from typing import Any

from waypost.features.syncs.records.keeping import batches
from waypost.features.syncs.records.store import Kept
from waypost.features.syncs.runs.flow import Delivery
from waypost.features.syncs.runs.store import Run

Happened = tuple[str, Mapping[str, Any]]


def of_run(run: Run, what: str, tenant_id: str | None) -> Happened:
    """Return an event of a run's life; what it is made of is left to the API."""
    shown = {name: value for name, value in run.wire().items() if name != "resources"}
    return f"sync_job_run:{what}", {**shown, "tenant_id": tenant_id}


def of_error(run: Run, tenant_id: str | None, errors: Sequence[Mapping[str, Any]]) -> Happened:
    """Return the event about errors that a run goes on without."""
    payload = {**_whose(run, tenant_id), **errors[0], "errors": list(errors)}
    return "sync_job_run:record_error", payload


def of_batch(
    run: Run,
    tenant_id: str | None,
    delivery: Delivery,
    resource: str,
    changes: Mapping[str, Sequence[str]] | None,
) -> list[Happened]:
    """Return the events that hand a batch to webhooks; `changes` are ids by kind of change."""
    whose = _whose(run, tenant_id)
    happened: list[Happened] = []
    for portion in batches(delivery.batch.records):
        meta: dict[str, Any] = {**whose, "node": delivery.batch.node}
        if changes is not None:
            ids = {str(record["id"]) for record in portion}
            meta["changes"] = {
                kind: [each for each in changed if each in ids] for kind, changed in changes.items()
            }
        payload = {"resource": resource, "records": portion, "meta": meta, **whose}
        if delivery.to is not None:
            payload["webhook_id"] = delivery.to
        happened.append(("sync_job_run:record", payload))
    return happened


def of_change(
    run: Run,
    tenant_id: str | None,
    kind: str,
    kept: Kept | None = None,
    *,
    resource: str = "",
    record: Mapping[str, Any] | None = None,
) -> Happened:
    """Return the event about one record: created, updated or deleted."""
    found = kept.record if kept is not None else record or {}
    payload = {
        **_whose(run, tenant_id),
        "resource": kept.resource if kept is not None else resource,
        "id": str(found.get("id")),
        "record": dict(found),
    }
    return f"record:{kind}", payload


def wanted(run: Run, happened: Sequence[Happened]) -> list[Happened]:
    """Return the events that a run is to tell."""
    chosen = run.events_to_send
    return [each for each in happened if chosen is None or each[0] in chosen]


def _whose(run: Run, tenant_id: str | None) -> dict[str, Any]:
    return {
        "integrated_account_id": run.account_id,
        "tenant_id": tenant_id,
        "sync_job_id": run.sync_job_id,
        "sync_job_run_id": run.id,
    }


__all__ = ["Happened", "of_batch", "of_change", "of_error", "of_run", "wanted"]
