"""Do one task of a run, as far as that needs no writing: read, compute, say what is to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.errors import ManifestError
from waypost.engine.expressions import compile_expression, run_apart
from waypost.engine.placeholders import fill
from waypost.features.syncs.definitions.graph import Definition
from waypost.features.syncs.definitions.nodes import HELD, Destination, Request, State
from waypost.features.syncs.records import store as records
from waypost.features.syncs.records.store import Kept
from waypost.features.syncs.runs import store as runs
from waypost.features.syncs.runs.checkpoint import Checkpoint
from waypost.features.syncs.runs.effects import resource_of
from waypost.features.syncs.runs.flow import (
    Batch,
    Delivery,
    Outcome,
    flow,
    holds,
    onward,
    path_of,
    state_changes,
)
from waypost.features.syncs.runs.reading import Source, Wish
from waypost.features.syncs.runs.store import Run
from waypost.features.syncs.runs.tasks import Carried, Task, after_element, after_page, looped
from waypost.features.syncs.states import store as states
from waypost.kernel.calls.on_behalf import Bound

MISSES = 2
"""How many whole readings in a row must lack a record that cannot be asked for by itself."""


@dataclass(slots=True)
class Done:
    """What a task came to: the checkpoint after it, and what its transaction writes."""

    checkpoint: Checkpoint
    outcome: Outcome = field(default_factory=Outcome)
    counts: dict[str, int] = field(default_factory=dict)
    request: Request | None = None
    gone: list[Kept] = field(default_factory=list)
    farewells: list[Delivery] = field(default_factory=list)
    is_hard: bool = False
    there: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Acts:
    """The tasks of one run, one at a time; no transaction is open while a provider is called."""

    database: Database
    source: Source
    clock: Clock
    definition: Definition
    run: Run
    bound: Bound

    async def do(self, checkpoint: Checkpoint) -> Done:
        """Do the next task; raises WaypostError."""
        task = checkpoint.todo[-1]
        if task.act == "flush":
            return await self._flush(task, checkpoint)
        if task.act == "settle":
            return await self._settle(task, checkpoint)
        if task.act == "confirm":
            return await self._confirm(task, checkpoint)
        node = self.definition.by_name[task.node]
        base = self.base(checkpoint)
        if isinstance(node, Request) and node.loop_on is not None and task.loop is None:
            return Done(checkpoint.done(looped(node, task.carried, base)))  # over the arguments
        scope = task.current().over(base)
        if not await run_apart(partial(holds, node, scope)):
            return Done(checkpoint.done(after_element(task)))
        if isinstance(node, Request):
            return await self._read(node, task, checkpoint, scope)
        return await self._begin_branch(task, checkpoint, scope)

    def base(self, checkpoint: Checkpoint) -> dict[str, Any]:
        """Return what every expression of the run sees."""
        run = self.run
        todo = [each for each in checkpoint.todo if self._is_work(each)]
        status = "failed" if checkpoint.failure else "running" if todo else "completed"
        shown = {name: value for name, value in run.wire().items() if name != "resources"}
        return {
            **self.bound.account.context,
            "tenant_id": self.bound.account.tenant_id,
            "args": dict(run.args),
            "sync_job_run": {**shown, "status": status, "error": checkpoint.failure},
            "resources": {},
        }

    def _is_work(self, task: Task) -> bool:
        """Say whether a task is anything but an event of the end, or below one."""
        above = [each.type for each in self.definition.above(task.node)]
        return "event" not in (self.definition.by_name[task.node].type, *above)

    async def _read(
        self, node: Request, task: Task, checkpoint: Checkpoint, scope: Mapping[str, Any]
    ) -> Done:
        """Read a page, and let it flow."""
        began = self.clock.now()
        wish = await run_apart(partial(wish_of, node, scope))
        page = await self.source.page(self.bound, wish, task.page)
        rest = after_page(task, page.digest, page.next)
        batch = Batch(node.name, path_of(node), page.records)
        base = self.base(checkpoint)
        outcome = await run_apart(partial(flow, self.definition, batch, task.current(), base))
        checkpoint = checkpoint.done([*outcome.tasks, *rest])
        if node.delete_tracking is not None:
            checkpoint = checkpoint.read_page(node.name, began)
        counts = {"pages": 1, "fetched": len(page.records)}
        return Done(checkpoint, outcome, counts, node)

    async def _begin_branch(
        self, task: Task, checkpoint: Checkpoint, scope: Mapping[str, Any]
    ) -> Done:
        """Do a node that reads nothing of the account: a moment of the run, or the state."""
        node = self.definition.by_name[task.node]
        carried = task.current()
        own: Outcome = Outcome()
        if isinstance(node, State) and node.type == "get_state":
            value = await self._state(node, scope)
            carried = carried.place(("resources", node.name), {"value": value})
        elif isinstance(node, State):
            own.states += await run_apart(partial(state_changes, node, scope))
        base = self.base(checkpoint)
        outcome = await run_apart(partial(onward, self.definition, node.name, carried, base))
        outcome.states = [*own.states, *outcome.states]
        return Done(checkpoint.done([*outcome.tasks, *after_element(task)]), outcome)

    async def _state(self, node: State, scope: Mapping[str, Any]) -> Any:
        key = node.config.key
        if not self.run.ignore_previous_run:
            place = (self.run.environment_id, self.run.state_key, key)
            async with self.database.read() as connection:
                found = await states.values_of(connection, *place)
            if found:
                return found[0]
        return fill(node.config.default, scope)

    async def _flush(self, task: Task, checkpoint: Checkpoint) -> Done:
        """Hand on what a spool has gathered."""
        place = (self.run.environment_id, self.run.id, task.node)
        async with self.database.read() as connection:
            path, found = await runs.spooled(connection, *place)
        batch = Batch(task.node, tuple(path), tuple(found))
        base = self.base(checkpoint)
        outcome = await run_apart(partial(flow, self.definition, batch, Carried(), base))
        return Done(checkpoint.done(outcome.tasks), outcome)

    async def _settle(self, task: Task, checkpoint: Checkpoint) -> Done:
        """Find what a whole list did not show."""
        passed = checkpoint.passes.get(task.node)
        done = Done(checkpoint.done([]), request=self._request(task))
        if passed is None or passed.is_broken:
            return done
        run = (self.run.id, self.run.sync_job_id, self.run.account_id)
        async with self.database.read() as connection:
            found = await records.vanished(
                connection, self.run.environment_id, run, task.node, passed.began_at
            )
        if found and passed.pages > 1 and self._request(task).resource != HELD:
            # A provider's pages move while they are read: a record may slip from one to another.
            asked = [[each.id, each.record_id] for each in found]
            confirm = Task("confirm", task.node, left=tuple(asked))
            return replace(done, checkpoint=checkpoint.done([confirm]))
        return await self._farewell(done, found, checkpoint)

    async def _confirm(self, task: Task, checkpoint: Checkpoint) -> Done:
        """Ask for one record that a list of several pages did not show."""
        node = self._request(task)
        [kept_id, record_id], *rest = task.left
        wish = Wish(node.resource, "get", id=record_id)
        answer = await self.source.still_has(self.bound, wish)
        done = Done(checkpoint.done([]), request=node)
        if answer is None:
            ids = [each[0] for each in task.left]
            found = [each for each in await self._kept(ids) if each.missed + 1 >= MISSES]
            done.missing = [each for each in ids if each not in {gone.id for gone in found}]
            return await self._farewell(done, found, checkpoint)
        left = [replace(task, left=tuple(rest))] if rest else []
        done = replace(done, checkpoint=checkpoint.done(left))
        if answer:
            done.there = [kept_id]
            return done
        return await self._farewell(done, await self._kept([kept_id]), checkpoint)

    async def _kept(self, ids: list[str]) -> list[Kept]:
        async with self.database.read() as connection:
            return await records.of_ids(connection, self.run.environment_id, ids)

    async def _farewell(self, done: Done, gone: list[Kept], checkpoint: Checkpoint) -> Done:
        """Note what is gone, and which destinations are told."""
        done.gone = gone
        done.is_hard = done.request is not None and done.request.delete_tracking == "hard"
        base = self.base(checkpoint)
        done.farewells = await run_apart(partial(farewells, self.definition, gone, base))
        return done

    def _request(self, task: Task) -> Request:
        node = self.definition.by_name[task.node]
        assert isinstance(node, Request)
        return node


def wish_of(node: Request, scope: Mapping[str, Any]) -> Wish:
    """Fill in what a request asks; raises InvalidRequest for what is missing, ManifestError."""
    identity = None if node.id is None else str(fill(node.id, scope))
    if isinstance(node.query, str):
        where = f"{node.name}.query"
        query = compile_expression(node.query, where=where).evaluate(scope)
        if query is not None and not isinstance(query, dict):
            raise ManifestError("The expression must give an object.", where=where)
    else:
        query = fill(node.query, scope)
    return Wish(node.resource, node.method, identity, query or {})


def farewells(definition: Definition, gone: list[Kept], base: Mapping[str, Any]) -> list[Delivery]:
    """Return which webhooks hear of deleted records: those that hear changes only."""
    found: list[Delivery] = []
    for name, takers in definition.takers.items():
        resource = resource_of(definition, name)
        there = tuple(each.record for each in gone if each.resource == resource)
        for taker in takers if there else ():
            if taker.only_changes:
                found += _farewell(taker, Batch(name, (), there), base)
    return found


def _farewell(taker: Destination, batch: Batch, base: Mapping[str, Any]) -> list[Delivery]:
    scope = {**base, "payload": {"records": list(batch.records)}}
    if not holds(taker, scope):
        return []
    to = fill(taker.config.id, scope) if taker.config.id else None
    return [Delivery(taker, batch, to)]


__all__ = ["Acts", "Done", "farewells", "wish_of"]
