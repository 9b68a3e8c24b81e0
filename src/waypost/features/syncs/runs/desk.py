"""Order runs, show them, stop them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from waypost.base.connection import AsyncConnection
from waypost.base.errors import Conflict, InvalidRequest
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.engine.json_text import encode_json
from waypost.engine.placeholders import fill
from waypost.features.syncs.definitions.arguments import ACCOUNT, WEBHOOK, checked_args
from waypost.features.syncs.definitions.desk import Definitions
from waypost.features.syncs.definitions.graph import Definition
from waypost.features.syncs.definitions.nodes import Request
from waypost.features.syncs.definitions.store import JOB, SyncJob
from waypost.features.syncs.runs import store
from waypost.features.syncs.runs.runner import Overtaken, Runner, step_job
from waypost.features.syncs.runs.store import Run
from waypost.features.syncs.runs.telling import of_run, wanted
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import Body

MOST_ARGS_BYTES = 64_000
_UNSUPPORTED = {
    "super_query": "there is no SuperQuery here: keep records by a destination of type 'datastore'",
    "datastore_id": "the one datastore there is needs no id",
    "resources": "a run does what its job says: change the job, or make another",
    "daemon_group_key": "there are no daemons here",
}


class Order(Body):
    """What a run is asked; a trigger asks the same each time."""

    args: dict[str, Any] | None = None
    error_handling: Literal["fail_fast", "ignore", "batch"] | None = None
    events_to_send: list[str] | None = None
    webhook_id: str | None = None
    super_query: Any = None
    datastore_id: Any = None
    resources: Any = None
    daemon_group_key: Any = None

    def refuse_unsupported(self) -> None:
        """Raise InvalidRequest for what means nothing here, with why."""
        for name, why in _UNSUPPORTED.items():
            if getattr(self, name) not in (None, [], ""):
                raise InvalidRequest(f"{name}: {why}")


class NewRun(Order):
    """The body of POST /sync-job-run."""

    ignored = frozenset({"version"})
    sync_job_id: str
    integrated_account_id: str
    status: Literal["created"] = "created"
    ignore_previous_run: bool = False
    force: bool = False
    mutex_key: str | None = None
    state_key: str | None = None


class RunChange(Body):
    """The body of PATCH /sync-job-run/{id}."""

    ignored = frozenset({"id"})
    status: Literal["stopped"]


class Runs:
    """The runs of environments."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._runner = Runner(kernel)
        self._definitions = Definitions(
            kernel.database, kernel.manifests, events=kernel.events, clock=kernel.clock
        )

    async def create(self, environment_id: str, body: NewRun) -> Run:
        """Order a run; raises NotFound, InvalidRequest."""
        body.refuse_unsupported()
        job = await self._definitions.get(environment_id, JOB, body.sync_job_id)
        account = await self._kernel.accounts.get(environment_id, body.integrated_account_id)
        given = {name: getattr(body, name) for name in ("ignore_previous_run", "force")}
        run = self.made(environment_id, job, account.id, account.integration, body)
        keys = {name: getattr(body, name) or getattr(run, name) for name in _KEYS}
        run = replace(run, **given, **keys)
        async with self._kernel.database.write() as connection:
            await self.begin(connection, run, account.tenant_id)
        return run

    def made(
        self, environment_id: str, job: SyncJob, account_id: str, integration: str, order: Order
    ) -> Run:
        """Return a run as it would be; raises InvalidRequest."""
        if job.integration_name not in (None, integration):
            raise InvalidRequest(
                f"integrated_account_id: the account is of {integration}, and the job is for "
                f"{job.integration_name}"
            )
        args = {ACCOUNT: account_id, **(order.args or {})}
        if order.webhook_id is not None:
            args.setdefault(WEBHOOK, order.webhook_id)
        if len(encode_json(args)) > MOST_ARGS_BYTES:
            raise InvalidRequest(f"args: they have at most {MOST_ARGS_BYTES} bytes")
        definition = self._definitions.check(job)
        checked_args(job.args_schema, job.args_validation, args)
        _check_accounts(definition, args, account_id)
        now = self._kernel.clock.now()
        scope = {"args": args}
        return Run(
            id=new_id(),
            environment_id=environment_id,
            sync_job_id=job.id,
            account_id=account_id,
            trigger_id=None,
            status="created",
            args=args,
            resources=job.resources,
            error_handling=order.error_handling or "fail_fast",
            ignore_previous_run=False,
            force=False,
            events_to_send=order.events_to_send,
            mutex_key=str(fill(job.mutex_key, scope)) if job.mutex_key else job.id,
            state_key=str(fill(job.state_key, scope)) if job.state_key else job.id,
            created_at=now,
            updated_at=now,
        )

    async def begin(self, connection: AsyncConnection, run: Run, tenant_id: str | None) -> None:
        """Write a run down, tell of it and have it begun."""
        await store.add(connection, run)
        await self._kernel.jobs.enqueue(connection, step_job(run))
        if happened := wanted(run, [of_run(run, "created", tenant_id)]):
            await self._kernel.events.append_all(connection, run.environment_id, happened)

    async def get(self, environment_id: str, run_id: str) -> Run:
        """Return a run; raises NotFound."""
        async with self._kernel.database.read() as connection:
            return await store.get(connection, environment_id, run_id)

    async def list(self, environment_id: str, listing: Listing) -> Page[Run]:
        """Return a page of runs."""
        async with self._kernel.database.read() as connection:
            return await store.list_runs(connection, environment_id, listing)

    async def remove(self, environment_id: str, run_id: str) -> Mapping[str, Any]:
        """Stop a run that goes on and return it, or delete one that has ended; raises NotFound."""
        run = await self.get(environment_id, run_id)
        if run.is_active:
            return (await self.stop(environment_id, run_id)).wire()
        async with self._kernel.database.write() as connection:
            tenant_id = await store.tenant_of(connection, environment_id, run.account_id)
            await store.remove(connection, environment_id, run_id)
            if happened := wanted(run, [of_run(run, "deleted", tenant_id)]):
                await self._kernel.events.append_all(connection, environment_id, happened)
        return {"id": run_id}

    async def stop(self, environment_id: str, run_id: str) -> Run:
        """Stop a run where it is; what it does at this moment counts for nothing. Raises Conflict."""
        for _ in range(_TRIES):
            run = await self.get(environment_id, run_id)
            if not run.is_active:
                raise Conflict(f"The run is {run.status}.")
            try:
                return await self._stop(run)
            except Overtaken:
                continue  # it took a step meanwhile
        raise Conflict("The run takes steps faster than it can be stopped; try again.")

    async def _stop(self, run: Run) -> Run:
        now = self._kernel.clock.now()
        values: dict[str, Any] = {
            "status": "stopped",
            "finished_at": now,
            "updated_at": now,
            "retry_at": None,
            "checkpoint": {},
        }
        place = (run.environment_id, run.id, run.step)
        async with self._kernel.database.write() as connection:
            if not await store.advance(connection, *place, values):
                raise Overtaken
            stopped = replace(run, **values, step=run.step + 1)
            await self._runner.free(connection, run)
            tenant_id = await store.tenant_of(connection, run.environment_id, run.account_id)
            if happened := wanted(run, [of_run(stopped, "updated", tenant_id)]):
                await self._kernel.events.append_all(connection, run.environment_id, happened)
        return stopped


_KEYS = ("mutex_key", "state_key")
_TRIES = 10


def _check_accounts(definition: Definition, args: Mapping[str, Any], account_id: str) -> None:
    for place, node in enumerate(definition.nodes):
        if not isinstance(node, Request) or node.integrated_account_id is None:
            continue
        named = fill(node.integrated_account_id, {"args": args})
        if named != account_id:
            raise InvalidRequest(
                f"resources[{place}].integrated_account_id: a run reads the one account it is for"
            )


__all__ = ["NewRun", "Order", "RunChange", "Runs"]
