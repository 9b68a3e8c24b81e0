"""Make triggers, schedule them, and order a run whenever one is due."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from waypost.base.connection import AsyncConnection
from waypost.base.errors import CallerError, InvalidRequest, NotFound
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.base.log import get_logger
from waypost.features.syncs.definitions.arguments import ACCOUNT
from waypost.features.syncs.definitions.desk import Definitions
from waypost.features.syncs.definitions.store import JOB
from waypost.features.syncs.kinds import FIRE
from waypost.features.syncs.runs.desk import Order, Runs
from waypost.features.syncs.runs.store import Run, is_waiting
from waypost.features.syncs.triggers import store
from waypost.features.syncs.triggers.cron import next_after
from waypost.features.syncs.triggers.store import Trigger
from waypost.kernel.jobs import NewJob
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import Body

_KEPT = ("args", "error_handling", "events_to_send", "meta")
_log = get_logger("waypost.syncs")


class NewTrigger(Order):
    """The body of POST /sync-job-cron-trigger."""

    sync_job_id: str
    cron_expression: str
    integrated_account_id: str | None = None
    meta: dict[str, Any] | None = None


class TriggerChange(Body):
    """The body of PATCH /sync-job-cron-trigger/{id}; a new expression waits to be scheduled."""

    ignored = frozenset({"id", "created_at", "updated_at"})
    cron_expression: str | None = None
    args: dict[str, Any] | None = None
    error_handling: Literal["fail_fast", "ignore", "batch"] | None = None
    events_to_send: list[str] | None = None
    meta: dict[str, Any] | None = None


class Triggers:
    """The cron triggers of environments."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._runs = Runs(kernel)
        self._definitions = Definitions(
            kernel.database, kernel.manifests, events=kernel.events, clock=kernel.clock
        )

    async def create(self, environment_id: str, body: NewTrigger) -> Trigger:
        """Make a trigger, which does nothing until it is scheduled; raises InvalidRequest, NotFound."""
        body.refuse_unsupported()
        args = dict(body.args or {})
        if body.webhook_id is not None:
            args.setdefault("webhook_id", body.webhook_id)
        account_id = body.integrated_account_id or args.get(ACCOUNT)
        if not isinstance(account_id, str):
            raise InvalidRequest("integrated_account_id is missing: whose account is to be read?")
        now = self._kernel.clock.now()
        next_after(body.cron_expression, now)
        trigger = Trigger(
            id=new_id(),
            environment_id=environment_id,
            sync_job_id=body.sync_job_id,
            account_id=account_id,
            cron_expression=body.cron_expression,
            args=args,
            error_handling=body.error_handling,
            events_to_send=body.events_to_send,
            meta=body.meta,
            is_scheduled=False,
            schedule=0,
            next_at=None,
            last_at=None,
            created_at=now,
            updated_at=now,
        )
        await self._check(trigger)
        async with self._kernel.database.write() as connection:
            await store.add(connection, trigger)
        return trigger

    async def get(self, environment_id: str, trigger_id: str) -> Trigger:
        """Return a trigger; raises NotFound."""
        async with self._kernel.database.read() as connection:
            return await store.get(connection, environment_id, trigger_id)

    async def list(self, environment_id: str, listing: Listing) -> Page[Trigger]:
        """Return a page of triggers."""
        async with self._kernel.database.read() as connection:
            return await store.list_triggers(connection, environment_id, listing)

    async def update(
        self, environment_id: str, trigger_id: str, changes: Mapping[str, Any]
    ) -> Trigger:
        """Change a trigger; raises NotFound, InvalidRequest."""
        found = await self.get(environment_id, trigger_id)
        now = self._kernel.clock.now()
        values: dict[str, Any] = {name: changes[name] for name in _KEPT if name in changes}
        if "args" in values:
            values["args"] = values["args"] or {}
        expression = changes.get("cron_expression")
        if expression is not None and expression != found.cron_expression:
            next_after(expression, now)
            values |= {
                "cron_expression": expression,
                "is_scheduled": False,
                "next_at": None,
                "schedule": found.schedule + 1,
            }
        await self._check(replace(found, **values))
        async with self._kernel.database.write() as connection:
            await store.change(
                connection, environment_id, trigger_id, {**values, "updated_at": now}
            )
            return await store.get(connection, environment_id, trigger_id)

    async def remove(self, environment_id: str, trigger_id: str) -> None:
        """Delete a trigger; raises NotFound."""
        async with self._kernel.database.write() as connection:
            await store.get(connection, environment_id, trigger_id)
            await store.remove(connection, environment_id, trigger_id)

    async def schedule(self, environment_id: str, trigger_id: str) -> None:
        """Have a trigger run from now on; raises NotFound."""
        async with self._kernel.database.write() as connection:
            found = await store.get(connection, environment_id, trigger_id)
            await self._plan(connection, found, {"schedule": found.schedule + 1})

    async def fire(self, payload: Mapping[str, Any]) -> None:
        """Order the run that is due, and plan the next; what was missed meanwhile is one run."""
        environment_id, trigger_id = payload["environment_id"], payload["trigger_id"]
        try:
            trigger = await self.get(environment_id, trigger_id)
        except NotFound:
            return
        if not trigger.is_scheduled or trigger.schedule != payload["schedule"]:
            return
        if trigger.next_at != payload["at"]:
            return  # done before
        try:
            run = replace(await self._check(trigger), trigger_id=trigger.id)
        except CallerError as error:
            await self._fail(trigger, error)
            return
        account = await self._kernel.accounts.get(environment_id, trigger.account_id)
        async with self._kernel.database.write() as connection:
            if await is_waiting(connection, environment_id, trigger.id):
                _log.info("sync_trigger_waits", trigger=trigger.id)
            else:
                await self._runs.begin(connection, run, account.tenant_id)
            await self._plan(connection, trigger, {"last_at": self._kernel.clock.now()})

    async def _fail(self, trigger: Trigger, error: CallerError) -> None:
        """Tell that a run could not be ordered, and plan the next."""
        payload = {
            **trigger.wire(),
            "error": {"code": error.code, "message": error.message},
        }
        event = ("sync_job_cron_trigger:failed", payload)
        async with self._kernel.database.write() as connection:
            await self._kernel.events.append_all(connection, trigger.environment_id, [event])
            await self._plan(connection, trigger, {"last_at": self._kernel.clock.now()})

    async def _check(self, trigger: Trigger) -> Run:
        """Return the run that a trigger would order; raises CallerError."""
        environment_id = trigger.environment_id
        job = await self._definitions.get(environment_id, JOB, trigger.sync_job_id)
        account = await self._kernel.accounts.get(environment_id, trigger.account_id)
        order = Order.model_validate(
            {
                "args": dict(trigger.args),
                "error_handling": trigger.error_handling,
                "events_to_send": trigger.events_to_send,
            }
        )
        return self._runs.made(environment_id, job, account.id, account.integration, order)

    async def _plan(
        self, connection: AsyncConnection, trigger: Trigger, values: Mapping[str, Any]
    ) -> None:
        """Write when a trigger runs next, and enqueue that."""
        now = self._kernel.clock.now()
        at = next_after(trigger.cron_expression, now)
        planned = {**values, "is_scheduled": True, "next_at": at, "updated_at": now}
        await store.change(connection, trigger.environment_id, trigger.id, planned)
        schedule = values.get("schedule", trigger.schedule)
        payload = {
            "environment_id": trigger.environment_id,
            "trigger_id": trigger.id,
            "schedule": schedule,
            "at": at,
        }
        key = f"{trigger.id}:{schedule}:{at:.0f}"
        await self._kernel.jobs.enqueue(connection, NewJob(FIRE, payload, key=key, at=at))


__all__ = ["NewTrigger", "TriggerChange", "Triggers"]
