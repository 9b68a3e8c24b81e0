"""Make, change and delete sync jobs and templates; each is checked whole before it is kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.errors import InvalidRequest, ManifestError, NotFound
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.engine.expressions import compile_expression
from waypost.engine.json_text import encode_json
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.problem import nearest
from waypost.engine.placeholders import names
from waypost.features.syncs.definitions import store
from waypost.features.syncs.definitions.arguments import check_schema
from waypost.features.syncs.definitions.graph import Definition, placeholders, read_definition
from waypost.features.syncs.definitions.nodes import Destination, Request
from waypost.features.syncs.definitions.sources import check_resource
from waypost.features.syncs.definitions.store import JOB, SyncJob
from waypost.features.syncs.definitions.templates import TEMPLATES, template
from waypost.kernel.events import Events
from waypost.kernel.manifests import Manifests
from waypost.kernel.wire import Body

RUNTIME = 4
MOST_BYTES = 256_000
NO_WEBHOOK = "there is no webhook '{id}'; without an id every one that listens is told"
_DEFAULT_LABEL = "Untitled"


class NewJob(Body):
    """The body of POST /sync-job; a template's nodes are taken where none are given."""

    label: str | None = None
    integration_name: str | None = None
    default_runtime_version: int | None = None
    args_schema: dict[str, Any] | None = None
    args_validation: str | None = None
    mutex_key: str | None = None
    state_key: str | None = None
    resources: list[Any] | None = None
    sync_job_template_id: str | None = None


class NewTemplate(Body):
    """The body of POST /sync-job-template."""

    label: str
    default_runtime_version: int | None = None
    description: str | None = None
    sharing: Literal["deny", "ask", "allow"] | None = None
    integration_name: str | None = None
    args_schema: dict[str, Any] | None = None
    args_validation: str | None = None
    mutex_key: str | None = None
    state_key: str | None = None
    resources: list[Any] | None = None


class JobChange(Body):
    """The body of PATCH /sync-job/{id}."""

    ignored = frozenset({"id", "created_at", "updated_at"})
    label: str | None = None
    integration_name: str | None = None
    default_runtime_version: int | None = None
    args_schema: dict[str, Any] | None = None
    args_validation: str | None = None
    mutex_key: str | None = None
    state_key: str | None = None
    resources: list[Any] | None = None


class TemplateChange(JobChange):
    """The body of PATCH /sync-job-template/{id}."""

    description: str | None = None
    sharing: Literal["deny", "ask", "allow"] | None = None


class Definitions:
    """Keep the sync jobs and the templates of environments."""

    def __init__(
        self, database: Database, manifests: Manifests, *, events: Events, clock: Clock
    ) -> None:
        self._database = database
        self._manifests = manifests
        self._events = events
        self._clock = clock

    async def create(self, environment_id: str, kind: str, given: Mapping[str, Any]) -> SyncJob:
        """Make one; raises InvalidRequest, NotFound for its template."""
        given = dict(given)
        template_id = given.pop("sync_job_template_id", None)
        if template_id is not None:
            source = await self.get(environment_id, store.TEMPLATE, template_id)
            given = {**_copied(source), **{n: v for n, v in given.items() if v is not None}}
        now = self._clock.now()
        record = SyncJob(
            id=new_id(),
            environment_id=environment_id,
            kind=kind,
            label=given.get("label") or _DEFAULT_LABEL,
            description=given.get("description"),
            sharing=None if kind == JOB else given.get("sharing") or "deny",
            integration_name=given.get("integration_name") or None,
            default_runtime_version=given.get("default_runtime_version") or RUNTIME,
            args_schema=given.get("args_schema"),
            args_validation=given.get("args_validation"),
            mutex_key=given.get("mutex_key"),
            state_key=given.get("state_key"),
            resources=given.get("resources") or [],
            created_at=now,
            updated_at=now,
        )
        await self._check_endpoints(environment_id, self.check(record))
        async with self._database.write() as connection:
            await store.add(connection, record)
        return record

    async def get(self, environment_id: str, kind: str, job_id: str) -> SyncJob:
        """Return one, those templates among them that come with us; raises NotFound."""
        if kind == store.TEMPLATE and job_id in TEMPLATES:
            return template(job_id, environment_id)
        async with self._database.read() as connection:
            return await store.get(connection, environment_id, kind, job_id)

    async def list(self, environment_id: str, kind: str, listing: Listing) -> Page[SyncJob]:
        """Return a page of them."""
        async with self._database.read() as connection:
            return await store.list_jobs(connection, environment_id, kind, listing)

    async def update(
        self, environment_id: str, kind: str, job_id: str, changes: Mapping[str, Any]
    ) -> SyncJob:
        """Change one; runs that have begun go on as they were. Raises NotFound, InvalidRequest."""
        found = await self.get(environment_id, kind, job_id)
        _refuse_ours(kind, job_id)
        values = {"label": found.label, **changes, "updated_at": self._clock.now()}
        for name in ("label", "default_runtime_version", "resources"):
            if values.get(name) is None:
                values.pop(name, None)
        shown = {name: getattr(found, name) for name in SyncJob.__slots__}
        changed = SyncJob(**{**shown, **values})
        definition = self.check(changed)
        if "resources" in values:  # else one deleted since would forbid another label
            await self._check_endpoints(environment_id, definition)
        async with self._database.write() as connection:
            await store.change(connection, environment_id, job_id, values)
        return changed

    async def remove(self, environment_id: str, kind: str, job_id: str) -> None:
        """Delete one with its runs, triggers and records; raises NotFound."""
        _refuse_ours(kind, job_id)
        async with self._database.write() as connection:
            await store.get(connection, environment_id, kind, job_id)
            await store.remove(connection, environment_id, job_id)

    def check(self, job: SyncJob) -> Definition:
        """Return a job's definition; raises InvalidRequest that says where it is wrong."""
        if job.default_runtime_version != RUNTIME:
            raise InvalidRequest(
                f"default_runtime_version: {job.default_runtime_version} is not supported, "
                f"{RUNTIME} is: a graph of nodes, each with a name and a type"
            )
        if len(encode_json(job.resources)) > MOST_BYTES:
            raise InvalidRequest(f"resources: a definition has at most {MOST_BYTES} bytes")
        loaded = self._integration(job.integration_name)
        definition = read_definition(job.resources)
        check_schema(job.args_schema, placeholders(job.resources))
        if job.args_validation is not None:
            try:
                compile_expression(job.args_validation)
            except ManifestError as error:
                raise InvalidRequest(f"args_validation: {error.message}") from None
        failures = [
            {"field": f"resources[{place}].resource", "message": fault}
            for place, node in enumerate(definition.nodes)
            if isinstance(node, Request)
            and (
                fault := check_resource(self._manifests.catalog, loaded, node.resource, node.method)
            )
        ]
        _refuse(failures)
        return definition

    async def _check_endpoints(self, environment_id: str, definition: Definition) -> None:
        """Refuse a destination whose webhook nobody has: what it is told would be told to nobody."""
        named = {
            f"resources[{place}].config.id": node.config.id
            for place, node in enumerate(definition.nodes)
            if isinstance(node, Destination) and node.destination_type == "webhook"
            if node.config.id is not None and not names(node.config.id)
        }
        known = await self._events.endpoints(environment_id, set(named.values())) if named else ()
        _refuse(
            [
                {"field": field, "message": NO_WEBHOOK.format(id=webhook_id[:80])}
                for field, webhook_id in named.items()
                if webhook_id not in known
            ]
        )

    def _integration(self, name: str | None) -> LoadedIntegration | None:
        if name is None:
            return None
        try:
            return self._manifests.loaded(name)
        except NotFound:
            known = list(self._manifests.catalog.integrations)
            hint = nearest(name, known, called="integrations")
            raise InvalidRequest(
                f"integration_name: there is no integration '{name[:80]}'{hint}"
            ) from None


def _refuse(failures: Sequence[Mapping[str, str]]) -> None:
    if failures:
        first = failures[0]
        raise InvalidRequest(
            f"{first['field']}: {first['message']}", details={"failures": failures}
        )


def _copied(source: SyncJob) -> dict[str, Any]:
    return {name: getattr(source, name) for name in NewJob.model_fields if hasattr(source, name)}


def _refuse_ours(kind: str, job_id: str) -> None:
    if kind == store.TEMPLATE and job_id in TEMPLATES:
        raise InvalidRequest("This template comes with Waypost and stays as it is; make your own.")


__all__ = ["Definitions", "JobChange", "NewJob", "NewTemplate", "TemplateChange"]
