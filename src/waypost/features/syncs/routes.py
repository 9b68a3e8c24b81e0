"""/sync-job, /sync-job-template, /sync-job-run, /sync-job-run-state and /sync-record, and triggers."""

from typing import Any

from fastapi import APIRouter, Request

from waypost.base.errors import InvalidRequest
from waypost.base.listing import Page
from waypost.features.syncs.definitions import store as definitions
from waypost.features.syncs.definitions.desk import (
    Definitions,
    JobChange,
    NewJob,
    NewTemplate,
    TemplateChange,
)
from waypost.features.syncs.definitions.store import SyncJob
from waypost.features.syncs.definitions.templates import TEMPLATES, template
from waypost.features.syncs.records import store as records
from waypost.features.syncs.runs import store as runs
from waypost.features.syncs.runs.desk import NewRun, RunChange, Runs
from waypost.features.syncs.states import store as states
from waypost.features.syncs.triggers.routes import add_routes as add_triggers
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import Asked, Body, asked, lists, read_body, read_list, takes
from waypost.kernel.wire.listing import page_of

Json = dict[str, Any]
_KIND: Json = {"tags": ["syncs"], "response_model": None}


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of sync jobs, their runs, and what they keep."""
    router = APIRouter()
    desk = Definitions(kernel.database, kernel.manifests, events=kernel.events, clock=kernel.clock)
    _add_jobs(router, _Jobs(kernel, desk))
    _add_templates(router, _Templates(kernel, desk))
    _add_runs(router, _Runs(kernel))
    add_triggers(router, kernel)
    _add_states(router, _States(kernel))
    _add_records(router, _Records(kernel))
    return router


def _add_jobs(router: APIRouter, here: "_Jobs") -> None:
    add, path, one = router.add_api_route, "/sync-job", "/sync-job/{job_id}"
    new, change = takes(NewJob), takes(JobChange)
    listed = lists(definitions.FILTERS)
    add(path, here.list, methods=["GET"], openapi_extra=listed, **_KIND)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **_KIND)
    add(one, here.get, methods=["GET"], **_KIND)
    add(one, here.update, methods=["PATCH"], openapi_extra=change, **_KIND)
    add(one, here.delete, methods=["DELETE"], **_KIND)


def _add_templates(router: APIRouter, here: "_Templates") -> None:
    add, path, one = router.add_api_route, "/sync-job-template", "/sync-job-template/{template_id}"
    new, change = takes(NewTemplate), takes(TemplateChange)
    listed = lists(definitions.FILTERS)
    add(path, here.list, methods=["GET"], openapi_extra=listed, **_KIND)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **_KIND)
    add(one, here.get, methods=["GET"], **_KIND)
    add(one, here.update, methods=["PATCH"], openapi_extra=change, **_KIND)
    add(one, here.delete, methods=["DELETE"], **_KIND)


def _add_runs(router: APIRouter, here: "_Runs") -> None:
    add, path, one = router.add_api_route, "/sync-job-run", "/sync-job-run/{run_id}"
    new, change, listed = takes(NewRun), takes(RunChange), lists(runs.FILTERS)
    add(path, here.list, methods=["GET"], openapi_extra=listed, **_KIND)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **_KIND)
    add(one, here.get, methods=["GET"], **_KIND)
    add(one, here.update, methods=["PATCH"], openapi_extra=change, **_KIND)
    add(one, here.delete, methods=["DELETE"], **_KIND)


def _add_states(router: APIRouter, here: "_States") -> None:
    add, path, one = router.add_api_route, "/sync-job-run-state", "/sync-job-run-state/{name}"
    new, change, listed = takes(NewState), takes(StateChange), lists(states.FILTERS)
    add(path, here.list, methods=["GET"], openapi_extra=listed, **_KIND)
    add(path, here.put, methods=["POST"], status_code=201, openapi_extra=new, **_KIND)
    add(one, here.get, methods=["GET"], **_KIND)
    add(one, here.change, methods=["PATCH"], openapi_extra=change, **_KIND)
    add(one, here.delete, methods=["DELETE"], **_KIND)


def _add_records(router: APIRouter, here: "_Records") -> None:
    path, listed = "/sync-record", lists(records.FILTERS)
    router.add_api_route(path, here.list, methods=["GET"], openapi_extra=listed, **_KIND)
    router.add_api_route(path + "/{kept_id}", here.get, methods=["GET"], **_KIND)


class NewState(Body):
    """The body of POST /sync-job-run-state."""

    key: str
    value: Any = None


class StateChange(Body):
    """The body of PATCH /sync-job-run-state/{id}."""

    ignored = frozenset({"id", "key"})
    value: Any = None


class _Jobs:
    def __init__(self, kernel: Kernel, desk: Definitions) -> None:
        self._kernel = kernel
        self._desk = desk

    async def list(self, request: Request) -> Json:
        """List sync jobs."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "sync_job", definitions.FILTERS)
        page = await self._desk.list(ask.environment_id, definitions.JOB, wanted.listing)
        return wanted.answer(page, SyncJob.wire)

    async def create(self, request: Request) -> Json:
        """Make a sync job; what is wrong in it is refused with the path to it."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, NewJob)
        made = await self._desk.create(ask.environment_id, definitions.JOB, body.given())
        return made.wire()

    async def get(self, request: Request, job_id: str) -> Json:
        """Get a sync job."""
        ask = asked(request.scope)
        return (await self._desk.get(ask.environment_id, definitions.JOB, job_id)).wire()

    async def update(self, request: Request, job_id: str) -> Json:
        """Change a sync job; runs that have begun go on as they were."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, JobChange)
        place = (ask.environment_id, definitions.JOB, job_id)
        return (await self._desk.update(*place, body.given())).wire()

    async def delete(self, request: Request, job_id: str) -> Json:
        """Delete a sync job with its runs, triggers and records."""
        ask = asked(request.scope)
        await self._desk.remove(ask.environment_id, definitions.JOB, job_id)
        return {"id": job_id}


class _Templates:
    def __init__(self, kernel: Kernel, desk: Definitions) -> None:
        self._kernel = kernel
        self._desk = desk

    async def list(self, request: Request) -> Json:
        """List templates: those that come with Waypost first, then your own."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "sync_job_template", definitions.FILTERS)
        page = await self._desk.list(ask.environment_id, definitions.TEMPLATE, wanted.listing)
        if wanted.listing.after is not None:
            return wanted.answer(page, SyncJob.wire)
        ours = [template(each, ask.environment_id).wire() for each in TEMPLATES]
        kept = page_of(ours, wanted.listing).items
        return wanted.answer(Page([*kept, *map(SyncJob.wire, page.items)], page.next), dict)

    async def create(self, request: Request) -> Json:
        """Make a template."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, NewTemplate)
        made = await self._desk.create(ask.environment_id, definitions.TEMPLATE, body.given())
        return made.wire()

    async def get(self, request: Request, template_id: str) -> Json:
        """Get a template."""
        ask = asked(request.scope)
        place = (ask.environment_id, definitions.TEMPLATE, template_id)
        return (await self._desk.get(*place)).wire()

    async def update(self, request: Request, template_id: str) -> Json:
        """Change a template of your own."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, TemplateChange)
        place = (ask.environment_id, definitions.TEMPLATE, template_id)
        return (await self._desk.update(*place, body.given())).wire()

    async def delete(self, request: Request, template_id: str) -> Json:
        """Delete a template of your own."""
        ask = asked(request.scope)
        await self._desk.remove(ask.environment_id, definitions.TEMPLATE, template_id)
        return {"id": template_id}


class _Runs:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._runs = Runs(kernel)

    async def list(self, request: Request) -> Json:
        """List runs."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "sync_job_run", runs.FILTERS)
        page = await self._runs.list(ask.environment_id, wanted.listing)
        return wanted.answer(page, runs.Run.wire)

    async def create(self, request: Request) -> Json:
        """Order a run; it waits while another one of its account and mutex_key goes on."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, NewRun)
        return (await self._runs.create(ask.environment_id, body)).wire()

    async def get(self, request: Request, run_id: str) -> Json:
        """Get a run; resource_stats says how far it is."""
        ask = asked(request.scope)
        return (await self._runs.get(ask.environment_id, run_id)).wire()

    async def update(self, request: Request, run_id: str) -> Json:
        """Stop a run."""
        ask = asked(request.scope)
        await read_body(request.scope, request.receive, RunChange)
        return (await self._runs.stop(ask.environment_id, run_id)).wire()

    async def delete(self, request: Request, run_id: str) -> Json:
        """Stop a run that goes on, or delete one that has ended."""
        ask = asked(request.scope)
        return dict(await self._runs.remove(ask.environment_id, run_id))


class _States:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    async def list(self, request: Request) -> Json:
        """List the state of one namespace."""
        ask = asked(request.scope)
        space = _space(ask)
        wanted = read_list(ask, self._kernel.cursors, "sync_state", states.FILTERS)
        async with self._kernel.database.read() as connection:
            place = (connection, ask.environment_id, space)
            page = await states.list_cells(*place, wanted.listing)
        return wanted.answer(page, states.Cell.wire)

    async def put(self, request: Request) -> Json:
        """Write a cell of state, whether it is there or not."""
        ask = asked(request.scope)
        space = _space(ask)
        body = await read_body(request.scope, request.receive, NewState)
        if not 0 < len(body.key) <= 300:
            raise InvalidRequest("'key' has 1 to 300 characters")
        return await self._put(ask, space, body.key, body.value)

    async def _put(self, ask: Asked, space: str, key: str, value: Any) -> Json:
        now = self._kernel.clock.now()
        async with self._kernel.database.write() as connection:
            place = (connection, ask.environment_id, space, key)
            await states.put(*place, value, run_id=None, now=now)
            return (await states.find(*place)).wire()

    async def get(self, request: Request, name: str) -> Json:
        """Get a cell of state, by its id or its key."""
        ask = asked(request.scope)
        async with self._kernel.database.read() as connection:
            return (await states.find(connection, ask.environment_id, _space(ask), name)).wire()

    async def change(self, request: Request, name: str) -> Json:
        """Change the value of a cell."""
        ask = asked(request.scope)
        space = _space(ask)
        body = await read_body(request.scope, request.receive, StateChange)
        if not body.has("value"):
            raise InvalidRequest("'value' is missing")
        async with self._kernel.database.read() as connection:
            found = await states.find(connection, ask.environment_id, space, name)
        return await self._put(ask, space, found.key, body.value)

    async def delete(self, request: Request, name: str) -> Json:
        """Delete a cell of state: what it kept is read anew."""
        ask = asked(request.scope)
        space = _space(ask)
        async with self._kernel.database.write() as connection:
            found = await states.find(connection, ask.environment_id, space, name)
            await states.remove(connection, ask.environment_id, space, found.key)
        return {"id": found.id}


class _Records:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    async def list(self, request: Request) -> Json:
        """List the records that syncs keep; `is_deleted=false` leaves out what is there no more."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "sync_record", records.FILTERS, limit=1000)
        async with self._kernel.database.read() as connection:
            page = await records.list_kept(connection, ask.environment_id, wanted.listing)
        return wanted.answer(page, records.Kept.wire)

    async def get(self, request: Request, kept_id: str) -> Json:
        """Get a kept record."""
        ask = asked(request.scope)
        async with self._kernel.database.read() as connection:
            return (await records.get(connection, ask.environment_id, kept_id)).wire()


def _space(ask: Asked) -> str:
    found = ask.query.get("state_key")
    if not isinstance(found, str) or not 0 < len(found) <= 1000:
        raise InvalidRequest("'state_key' is missing: it names whose state is meant.")
    return found
