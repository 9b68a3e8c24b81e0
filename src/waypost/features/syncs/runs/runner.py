"""Take a run forward task by task, each written together with what it led to and where to go on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from waypost.base.clock import monotonic
from waypost.base.connection import AsyncConnection
from waypost.base.errors import (
    AccountNotReady,
    NotFound,
    OperatorError,
    Unprocessable,
    WaypostError,
)
from waypost.base.log import get_logger
from waypost.features.syncs.definitions.graph import Definition, again
from waypost.features.syncs.definitions.nodes import Request
from waypost.features.syncs.kinds import MOVING, STEP, STRETCH_SECONDS, STUCK_SECONDS
from waypost.features.syncs.records import store as records
from waypost.features.syncs.runs import store
from waypost.features.syncs.runs.acts import Acts, Done
from waypost.features.syncs.runs.checkpoint import Checkpoint
from waypost.features.syncs.runs.effects import Effects, counted
from waypost.features.syncs.runs.mishaps import Again, Fail, Skip, Verdict, Wait, decide, told
from waypost.features.syncs.runs.reading import Source
from waypost.features.syncs.runs.store import Run
from waypost.features.syncs.runs.tasks import after_element, error_tasks, first_tasks
from waypost.features.syncs.runs.telling import Happened, of_error, of_run, wanted
from waypost.kernel.accounts import can_call
from waypost.kernel.calls.cell import Cells
from waypost.kernel.jobs import NewJob
from waypost.kernel.kernel import Kernel

MOST_STEPS = 200_000
_log = get_logger("waypost.syncs")


class Overtaken(Exception):
    """Somebody else has taken the run forward, or stopped it: what was done here counts for nothing."""


class Runner:
    """Work on runs. Of two who do the same step, one writes."""

    def __init__(self, kernel: Kernel, stretch: float = STRETCH_SECONDS) -> None:
        self._kernel = kernel
        self._stretch = stretch
        cells = Cells(kernel.manifests, kernel.mappings)
        catalog, suppressions = kernel.manifests.catalog, kernel.suppressions
        self._source = Source(kernel.calls, cells, catalog, suppressions)

    async def work(self, payload: Mapping[str, Any]) -> None:
        """Take a run forward for a while; raises what a later attempt may mend.

        A job begins at its step or, taken over from a process that died, where that one had got to.
        """
        place = payload["environment_id"], payload["run_id"]
        until = monotonic() + self._stretch
        run = await self._moving(*place)
        if run is None or run.step < payload["step"]:
            return
        if run.step > payload["step"] and run.retry_at is not None:
            return  # what waits for its time has a job of its own
        while True:
            try:
                await (self._begin(run) if run.status == "created" else self._go_on(run))
            except Overtaken:
                _log.info("sync_overtaken", run=run.id, step=run.step)
                return
            done, run = run.step, await self._moving(*place)
            if run is None or run.step == done or run.retry_at is not None:
                return
            if monotonic() >= until:
                break
        async with self._kernel.database.write() as connection:
            await self._kernel.jobs.enqueue(connection, step_job(run))

    async def _moving(self, environment_id: str, run_id: str) -> Run | None:
        try:
            async with self._kernel.database.read() as connection:
                run = await store.get(connection, environment_id, run_id)
        except NotFound:
            return None
        return run if run.is_active else None

    async def watch(self, _payload: Mapping[str, Any]) -> None:
        """Take up runs in which nothing has moved for five minutes though nothing is waited for."""
        now = self._kernel.clock.now()
        async with self._kernel.database.read() as connection:
            found = await store.still(connection, MOVING, now - STUCK_SECONDS)
        for run in found:
            if run.retry_at is not None and run.retry_at > now - STUCK_SECONDS:
                continue
            _log.warning("sync_stuck", run=run.id, step=run.step)
            try:
                async with self._kernel.database.write() as connection:
                    moved = await self._advance(connection, run, {})
                    await self._kernel.jobs.enqueue(connection, step_job(moved))
            except Overtaken:
                continue

    async def _begin(self, run: Run) -> None:
        """Begin a run, unless another one runs alone."""
        definition = again(run.resources)
        now = self._kernel.clock.now()
        async with self._kernel.database.write() as connection:
            if not run.force:
                place = (run.environment_id, run.account_id, run.mutex_key, run.id)
                if not await store.hold(connection, *place):
                    return
            checkpoint = Checkpoint(tuple(first_tasks(definition)))
            values = {
                "status": "running",
                "started_at": now,
                "checkpoint": checkpoint.to_json(),
            }
            begun = await self._advance(connection, run, values)
            tenant_id = await self._tenant(connection, run)
            await self._announce(connection, run, [of_run(begun, "started", tenant_id)])

    async def _go_on(self, run: Run) -> None:
        checkpoint = Checkpoint.from_json(run.checkpoint)
        definition = again(run.resources)
        if not checkpoint.todo:
            async with self._kernel.database.write() as connection:
                tenant_id = await self._tenant(connection, run)
                happened = await self._end(connection, run, checkpoint, tenant_id)
                await self._announce(connection, run, happened)
            return
        try:
            account = await self._kernel.accounts.for_call(run.environment_id, run.account_id)
        except NotFound:
            return  # it goes with its account
        try:
            if run.step > MOST_STEPS:
                raise Unprocessable(f"The run has taken more than {MOST_STEPS} steps.")
            if not can_call(account.status):
                raise AccountNotReady(f"The account is {account.status}.")
            bound = await self._kernel.calls.bind_account(account)
            acts = Acts(
                self._kernel.database, self._source, self._kernel.clock, definition, run, bound
            )
            done = await acts.do(checkpoint)
            written = done.checkpoint.to_json()
        except OperatorError:
            raise
        except WaypostError as error:
            await self._mishap(run, definition, checkpoint, error, account.tenant_id)
            return
        await self._commit(run, definition, done, written, account.tenant_id)

    async def _commit(
        self,
        run: Run,
        definition: Definition,
        done: Done,
        written: Mapping[str, Any],
        tenant_id: str | None,
    ) -> None:
        """Write a step: where the run goes on, what it led to, and what is told."""
        now = self._kernel.clock.now()
        async with self._kernel.database.write() as connection:
            # First of all, so that nobody else writes the same meanwhile.
            stats = counted(run.resource_stats, done.request, done.counts)
            values = {"status": "running", "retry_at": None, "checkpoint": written}
            is_last = not done.checkpoint.todo
            moved = await self._advance(connection, run, values)
            effects = Effects(connection, definition, moved, tenant_id, now, stats)
            if run.status == "rate_limited":
                effects.happened.append(of_run(moved, "updated", tenant_id))
            await effects.write(done.outcome)
            await effects.delete(done.gone, done.farewells, is_hard=done.is_hard)
            await self._note(connection, run, done, now)
            await store.count(connection, run.environment_id, run.id, effects.stats)
            if is_last:
                moved = replace(moved, resource_stats=effects.stats)
                effects.happened += await self._end(connection, moved, done.checkpoint, tenant_id)
            await self._announce(connection, run, effects.happened)

    async def _note(self, connection: AsyncConnection, run: Run, done: Done, now: float) -> None:
        if done.there:
            values = {"seen_in": run.id, "seen_at": now, "missed": 0}
            await records.change_all(connection, run.environment_id, done.there, values)
        if done.missing:
            await records.miss(connection, run.environment_id, done.missing)

    async def _mishap(
        self,
        run: Run,
        definition: Definition,
        checkpoint: Checkpoint,
        error: WaypostError,
        tenant_id: str | None,
    ) -> None:
        """Write what is done about an error."""
        now = self._kernel.clock.now()
        verdict = decide(error, tries=checkpoint.tries, handling=run.error_handling, now=now)
        if checkpoint.failure is not None and isinstance(verdict, Skip):
            verdict = Fail()
        async with self._kernel.database.write() as connection:
            if isinstance(verdict, Wait | Again):
                happened = await self._wait(connection, run, checkpoint, verdict, tenant_id)
            else:
                left = _after_error(definition, checkpoint, error, verdict, run.error_handling, now)
                happened = await self._lose(connection, run, left, tenant_id)
                if isinstance(verdict, Skip) and run.error_handling == "ignore":
                    shown = _shown(definition, checkpoint, error)
                    happened = [of_error(run, tenant_id, [shown]), *happened]
            await self._announce(connection, run, happened)

    async def _wait(
        self,
        connection: AsyncConnection,
        run: Run,
        checkpoint: Checkpoint,
        verdict: Wait | Again,
        tenant_id: str | None,
    ) -> list[Happened]:
        """Have the same task done later; a limit that is used up is told once."""
        at = self._kernel.clock.now() + verdict.seconds
        is_limit = isinstance(verdict, Wait)
        again_later = replace(checkpoint, tries=checkpoint.tries + (0 if is_limit else 1))
        values = {
            "status": "rate_limited" if is_limit else "running",
            "retry_at": at,
            "checkpoint": again_later.to_json(),
        }
        moved = await self._advance(connection, run, values)
        await self._kernel.jobs.enqueue(connection, step_job(moved, at=at))
        is_news = is_limit and run.status != "rate_limited"
        return [of_run(moved, "rate_limited", tenant_id)] if is_news else []

    async def _lose(
        self, connection: AsyncConnection, run: Run, left: Checkpoint, tenant_id: str | None
    ) -> list[Happened]:
        """Go on without what failed, or end."""
        values = {
            "status": "running",
            "retry_at": None,
            "checkpoint": left.to_json(),
            "error": left.failure,
        }
        moved = await self._advance(connection, run, values)
        return [] if left.todo else await self._end(connection, moved, left, tenant_id)

    async def _end(
        self, connection: AsyncConnection, run: Run, checkpoint: Checkpoint, tenant_id: str | None
    ) -> list[Happened]:
        """End a run whose tasks are done, or that failed."""
        status = "failed" if checkpoint.failure else "completed"
        values = {
            "status": status,
            "finished_at": self._kernel.clock.now(),
            "retry_at": None,
            "checkpoint": {},
        }
        ended = await self._advance(connection, run, values)
        await self.free(connection, run)
        told_at_last = [of_error(run, tenant_id, checkpoint.errors)] if checkpoint.errors else []
        return [*told_at_last, of_run(ended, status, tenant_id)]

    async def free(self, connection: AsyncConnection, run: Run) -> None:
        """Let go of what a run held, and begin whoever waited for it."""
        for waiting in await store.let_go(connection, run.environment_id, run):
            key = f"{waiting.id}:{waiting.step}:after:{run.id}"
            await self._kernel.jobs.enqueue(connection, step_job(waiting, key=key))

    async def _advance(
        self, connection: AsyncConnection, run: Run, values: Mapping[str, Any]
    ) -> Run:
        """Write a run's next step; raises Overtaken."""
        given = {**values, "updated_at": self._kernel.clock.now()}
        place = (run.environment_id, run.id, run.step)
        if not await store.advance(connection, *place, given):
            raise Overtaken
        return replace(run, **given, step=run.step + 1)

    async def _announce(
        self, connection: AsyncConnection, run: Run, happened: Sequence[Happened]
    ) -> None:
        if chosen := wanted(run, happened):
            await self._kernel.events.append_all(connection, run.environment_id, chosen)

    async def _tenant(self, connection: AsyncConnection, run: Run) -> str | None:
        return await store.tenant_of(connection, run.environment_id, run.account_id)


def step_job(run: Run, *, at: float | None = None, key: str | None = None) -> NewJob:
    """Return the job of a run's next step."""
    payload = {"environment_id": run.environment_id, "run_id": run.id, "step": run.step}
    return NewJob(STEP, payload, key=key or f"{run.id}:{run.step}", at=at)


def _shown(
    definition: Definition, checkpoint: Checkpoint, error: WaypostError
) -> Mapping[str, Any]:
    """Return what is said of an error, and which node it happened at."""
    name = checkpoint.todo[-1].node
    origin = definition.origin(name)
    whence = {"resource": origin.resource, "method": origin.method} if origin is not None else {}
    return {**told(error), "node": name, **whence}


def _after_error(
    definition: Definition,
    checkpoint: Checkpoint,
    error: WaypostError,
    verdict: Verdict,
    handling: str,
    now: float,
) -> Checkpoint:
    """Return where a run goes on after an error: at its end, or without the task that failed."""
    shown = _shown(definition, checkpoint, error)
    if isinstance(verdict, Fail):
        ending = () if checkpoint.failure else tuple(error_tasks(definition))
        return replace(checkpoint, todo=ending, tries=0, failure=checkpoint.failure or shown)
    task = checkpoint.todo[-1]
    for node in (definition.by_name[task.node], *definition.above(task.node)):
        if isinstance(node, Request) and node.delete_tracking is not None:
            checkpoint = checkpoint.broken(node.name, now)  # its list is no whole one any more
    checkpoint = checkpoint.with_error(shown) if handling == "batch" else checkpoint
    return checkpoint.done(after_element(task))


__all__ = ["Runner", "step_job"]
