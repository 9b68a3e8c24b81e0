"""/environment-integration."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Kind
from waypost.features.installs.shapes import InstallChange, NewInstall, shown_install
from waypost.kernel.installs import Install, refuse_without_effect
from waypost.kernel.kernel import Kernel
from waypost.kernel.manifests import integration_id as id_of_integration
from waypost.kernel.wire import asked, lists, read_body, read_list, takes

Json = dict[str, Any]
FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "integration_id": "text",
    "integration.name": "text",
    "environment_id": "text",
    "is_enabled": "boolean",
    "is_active": "boolean",
    "show_in_catalog": "boolean",
    "created_at": "moment",
    "updated_at": "moment",
}
_COLUMNS = {
    "integration_id": "integration",
    "integration.name": "integration",
    "is_active": "is_enabled",
}


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of installs."""
    router = APIRouter()
    here = _Installs(kernel)
    add = router.add_api_route
    kind: dict[str, Any] = {"tags": ["installs"], "response_model": None}
    path, one = "/environment-integration", "/environment-integration/{install_id}"
    add(path, here.list, methods=["GET"], openapi_extra=lists(FILTERS), **kind)
    add(path, here.create, methods=["POST"], openapi_extra=takes(NewInstall), **kind)
    add(one, here.get, methods=["GET"], **kind)
    add(one, here.update, methods=["PATCH"], openapi_extra=takes(InstallChange), **kind)
    add(one, here.delete, methods=["DELETE"], **kind)
    return router


class _Installs:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._installs = kernel.installs
        self._manifests = kernel.manifests

    async def list(self, request: Request) -> Json:
        """List what is installed in the environment."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "environment-integration", FILTERS)
        conditions = tuple(self._translated(each) for each in wanted.listing.conditions)
        listing = replace(wanted.listing, conditions=conditions)
        page = await self._installs.list(ask.environment_id, listing)
        return wanted.answer(page, self._shown)

    async def get(self, request: Request, install_id: str) -> Json:
        """Get an install."""
        ask = asked(request.scope)
        return self._shown(await self._installs.get(ask.environment_id, install_id))

    async def create(self, request: Request, response: Response) -> Json:
        """Switch an integration on; one that is on already is returned as it is."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, NewInstall)
        refuse_without_effect(body.override or {})
        name = self._manifests.integration(body.integration_id).name
        record, is_new = await self._installs.switch_on(
            ask.environment_id,
            name,
            is_enabled=body.enabled,
            show_in_catalog=body.show_in_catalog,
            override=body.override,
        )
        response.status_code = 201 if is_new else 200
        return self._shown(record)

    async def update(self, request: Request, install_id: str) -> Json:
        """Change an install; `override` is replaced whole, its secrets with it."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, InstallChange)
        refuse_without_effect(body.override or {})
        changes = body.changes()
        return self._shown(await self._installs.update(ask.environment_id, install_id, changes))

    async def delete(self, request: Request, install_id: str) -> Json:
        """Switch an integration off, by its own id or its install's, and delete its accounts."""
        ask = asked(request.scope)
        record = await self._found(ask.environment_id, install_id)
        await self._kernel.accounts.uninstall(ask.environment_id, record.id)
        return {"id": install_id}

    async def _found(self, environment_id: str, either_id: str) -> Install:
        """Return an install by its own id, or by its integration's as the Python SDK asks."""
        for name in self._manifests.catalog.integrations:
            if either_id in (name, id_of_integration(name)):
                found = await self._installs.find(environment_id, name)
                if found is None:
                    raise NotFound("The integration is not switched on here.")
                return found
        return await self._installs.get(environment_id, either_id)

    def _shown(self, record: Install) -> Json:
        return shown_install(record, self._manifests)

    def _translated(self, condition: Condition) -> Condition:
        """Ask the table by its own names: installs are kept by their integration's name."""
        field = _COLUMNS.get(condition.field, condition.field)
        value = condition.value
        if condition.field == "integration_id":
            names = {id_of_integration(name): name for name in self._manifests.catalog.integrations}
            many = isinstance(value, list)
            value = [names.get(each, each) for each in value] if many else names.get(value, value)
        return Condition(field, condition.operator, value)
