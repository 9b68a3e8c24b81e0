"""/sync-job-cron-trigger."""

from typing import Any

from fastapi import APIRouter, Request

from waypost.features.syncs.triggers.desk import NewTrigger, TriggerChange, Triggers
from waypost.features.syncs.triggers.store import FILTERS, Trigger
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import asked, lists, read_body, read_list, takes

Json = dict[str, Any]
_KIND: Json = {"tags": ["syncs"], "response_model": None}


def add_routes(router: APIRouter, kernel: Kernel) -> None:
    """Add the routes of triggers."""
    here = _Triggers(kernel)
    add, path, one = (
        router.add_api_route,
        "/sync-job-cron-trigger",
        "/sync-job-cron-trigger/{trigger_id}",
    )
    new, change, listed = takes(NewTrigger), takes(TriggerChange), lists(FILTERS)
    add(path, here.list, methods=["GET"], openapi_extra=listed, **_KIND)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **_KIND)
    add(one, here.get, methods=["GET"], **_KIND)
    add(one, here.update, methods=["PATCH"], openapi_extra=change, **_KIND)
    add(one, here.delete, methods=["DELETE"], **_KIND)
    add(one + "/schedule", here.schedule, methods=["POST"], **_KIND)


class _Triggers:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._triggers = Triggers(kernel)

    async def list(self, request: Request) -> Json:
        """List cron triggers."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "sync_job_cron_trigger", FILTERS)
        page = await self._triggers.list(ask.environment_id, wanted.listing)
        return wanted.answer(page, Trigger.wire)

    async def create(self, request: Request) -> Json:
        """Make a cron trigger; it waits to be scheduled."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, NewTrigger)
        return (await self._triggers.create(ask.environment_id, body)).wire()

    async def get(self, request: Request, trigger_id: str) -> Json:
        """Get a cron trigger, with when it runs next."""
        ask = asked(request.scope)
        return (await self._triggers.get(ask.environment_id, trigger_id)).wire()

    async def update(self, request: Request, trigger_id: str) -> Json:
        """Change a cron trigger; with another expression it waits to be scheduled again."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, TriggerChange)
        return (await self._triggers.update(ask.environment_id, trigger_id, body.given())).wire()

    async def delete(self, request: Request, trigger_id: str) -> Json:
        """Delete a cron trigger; runs it has ordered go on."""
        ask = asked(request.scope)
        await self._triggers.remove(ask.environment_id, trigger_id)
        return {"id": trigger_id}

    async def schedule(self, request: Request, trigger_id: str) -> Json:
        """Have a cron trigger run from now on."""
        ask = asked(request.scope)
        await self._triggers.schedule(ask.environment_id, trigger_id)
        return {"success": True}
