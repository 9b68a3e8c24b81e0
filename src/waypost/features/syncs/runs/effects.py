"""Write what a step led to, in one transaction: records, spools, state, counts, and what is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from waypost.base.connection import AsyncConnection
from waypost.base.ids import new_id
from waypost.features.syncs.definitions.graph import Definition
from waypost.features.syncs.definitions.nodes import Request
from waypost.features.syncs.records import store as records
from waypost.features.syncs.records.keeping import Changes, Known, by_id, compare
from waypost.features.syncs.records.store import Kept, Shelf
from waypost.features.syncs.runs import store as runs
from waypost.features.syncs.runs.flow import Delivery, Outcome
from waypost.features.syncs.runs.store import Run
from waypost.features.syncs.runs.telling import Happened, of_batch, of_change
from waypost.features.syncs.states import store as states


def resource_of(definition: Definition, node: str) -> str:
    """Return what a node's records are called: the request's resource, else the node's own name."""
    found = definition.by_name[node]
    return found.resource if isinstance(found, Request) else node


def counted(
    stats: Mapping[str, Any], request: Request | None, more: Mapping[str, int]
) -> dict[str, Any]:
    """Return a run's counts, by resource and method, with more added to a request's."""
    if request is None or not any(more.values()):
        return dict(stats)
    of_resource = dict(stats.get(request.resource, {}))
    of_method = dict(of_resource.get(request.method, {}))
    for name, number in more.items():
        of_method[name] = of_method.get(name, 0) + number
    of_resource[request.method] = of_method
    return {**stats, request.resource: of_resource}


@dataclass(slots=True)
class Effects:
    """What one step writes; used inside its transaction."""

    connection: AsyncConnection
    definition: Definition
    run: Run
    tenant_id: str | None
    now: float
    stats: dict[str, Any] = field(default_factory=dict)
    happened: list[Happened] = field(default_factory=list)

    async def write(self, outcome: Outcome) -> None:
        """Write an outcome: first what is kept, since that says what changed."""
        changes: dict[str, Changes] = {}
        for delivery in outcome.deliveries:
            if delivery.destination.destination_type == "datastore":
                node = delivery.batch.node
                if node not in changes:
                    changes[node] = await self._keep(delivery)
        for delivery in outcome.deliveries:
            if delivery.destination.destination_type == "webhook":
                self._tell(delivery, changes.get(delivery.batch.node))
        if outcome.spooled:
            gathered = [(node, each.path, each.records) for node, each in outcome.spooled]
            environment_id = self.run.environment_id
            await runs.add_spooled(self.connection, environment_id, self.run.id, gathered)
        for each in outcome.states:
            cell = (self.run.environment_id, self.run.state_key, each.key)
            if each.is_gone:
                await states.remove(self.connection, *cell)
                continue
            run_id = self.run.id
            await states.put(self.connection, *cell, each.value, run_id=run_id, now=self.now)

    async def delete(
        self, gone: Sequence[Kept], deliveries: Sequence[Delivery], *, is_hard: bool
    ) -> None:
        """Delete records that are there no more, and tell of it."""
        if not gone:
            return
        ids = [each.id for each in gone]
        environment_id = self.run.environment_id
        if is_hard:
            await records.remove_all(self.connection, environment_id, ids)
        else:
            values = {"deleted_at": self.now, "updated_at": self.now}
            await records.change_all(self.connection, environment_id, ids, values)
        for each in gone:
            self.happened.append(of_change(self.run, self.tenant_id, "deleted", each))
            self._count(each.origin, {"deleted": 1})
        for delivery in deliveries:
            told = {"deleted": [str(each["id"]) for each in delivery.batch.records]}
            resource = resource_of(self.definition, delivery.batch.node)
            self.happened += of_batch(self.run, self.tenant_id, delivery, resource, told)

    def _count(self, node: str, more: Mapping[str, int]) -> None:
        self.stats = counted(self.stats, self.definition.origin(node), more)

    async def _keep(self, delivery: Delivery) -> Changes:
        """Keep a batch, and tell of each record that is new or changed."""
        node = delivery.batch.node
        resource = resource_of(self.definition, node)
        run = self.run
        shelf = Shelf(run.environment_id, run.sync_job_id, run.account_id, resource)
        found = by_id(delivery.batch.records)
        known = await records.known(self.connection, shelf, found)
        changes = compare(found, known)
        await self._write(shelf, node, changes, known)
        for kind, ids in (("created", changes.created), ("updated", changes.updated)):
            for identity in ids:
                record = changes.records[identity]
                self.happened.append(
                    of_change(run, self.tenant_id, kind, resource=resource, record=record)
                )
        counts = {"created": len(changes.created), "updated": len(changes.updated)}
        self._count(node, {"persisted": len(found), **counts})
        return changes

    async def _write(
        self, shelf: Shelf, node: str, changes: Changes, known: Mapping[str, Known]
    ) -> None:
        origin = self.definition.origin(node)
        fresh = [
            self._kept(shelf, origin.name if origin else node, identity, changes)
            for identity in changes.created
            if identity not in known
        ]
        await records.add_all(self.connection, fresh)
        for identity in (each for each in changes.changed if each in known):
            values = {
                "record": changes.records[identity],
                "digest": changes.digests[identity],
                "updated_at": self.now,
                "deleted_at": None,
            }
            await records.change(self.connection, shelf, identity, values)
        await records.see(self.connection, shelf, changes.records, (self.run.id, self.now))

    def _kept(self, shelf: Shelf, origin: str, identity: str, changes: Changes) -> Kept:
        return Kept(
            id=new_id(),
            environment_id=shelf.environment_id,
            sync_job_id=shelf.sync_job_id,
            account_id=shelf.account_id,
            resource=shelf.resource,
            origin=origin,
            record_id=identity,
            record=changes.records[identity],
            digest=changes.digests[identity],
            seen_in=self.run.id,
            seen_at=self.now,
            missed=0,
            created_at=self.now,
            updated_at=self.now,
            deleted_at=None,
        )

    def _tell(self, delivery: Delivery, changes: Changes | None) -> None:
        told: Mapping[str, Sequence[str]] | None = None
        if changes is not None:
            told = {"created": changes.created, "updated": changes.updated}
        if delivery.destination.only_changes and changes and not self.run.ignore_previous_run:
            changed = tuple(changes.records[each] for each in (*changes.created, *changes.updated))
            delivery = replace(delivery, batch=replace(delivery.batch, records=changed))
        resource = resource_of(self.definition, delivery.batch.node)
        self.happened += of_batch(self.run, self.tenant_id, delivery, resource, told)
        self._count(delivery.batch.node, {"told": len(delivery.batch.records)})


__all__ = ["Effects", "counted", "resource_of"]
