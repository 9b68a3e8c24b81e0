"""/environment-unified-model and /environment-unified-model-resource-method."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from waypost.base.errors import NotFound
from waypost.base.listing import Condition, Kind
from waypost.base.merge import merge_patch
from waypost.features.overrides import shapes
from waypost.kernel.kernel import Kernel
from waypost.kernel.manifests import model_id as id_of_model
from waypost.kernel.mappings import MAPPING_FILTERS
from waypost.kernel.mappings.checking import check_override
from waypost.kernel.wire import asked, lists, read_body, read_list, takes

Json = dict[str, Any]
MODEL_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "environment_id": "text",
    "unified_model_id": "text",
    "unified_model.name": "text",
    "created_at": "moment",
    "updated_at": "moment",
}
OVERRIDE_FILTERS: Mapping[str, Kind] = {**MAPPING_FILTERS, "environment_id": "text"}


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of installed unified models and mapping overrides."""
    router = APIRouter()
    add = router.add_api_route
    kind: dict[str, Any] = {"tags": ["unified models"], "response_model": None}
    models = _ModelInstalls(kernel)
    path, one = "/environment-unified-model", "/environment-unified-model/{install_id}"
    add(path, models.list, methods=["GET"], openapi_extra=lists(MODEL_FILTERS), **kind)
    add(path, models.create, methods=["POST"], openapi_extra=takes(shapes.NewModelInstall), **kind)
    add(one, models.get, methods=["GET"], **kind)
    change = takes(shapes.ModelInstallChange)
    add(one, models.update, methods=["PATCH"], openapi_extra=change, **kind)
    add(one, models.delete, methods=["DELETE"], **kind)
    here = _Overrides(kernel)
    path = "/environment-unified-model-resource-method"
    one, new = path + "/{override_id}", takes(shapes.NewOverride)
    add(path, here.list, methods=["GET"], openapi_extra=lists(OVERRIDE_FILTERS), **kind)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **kind)
    add(one, here.get, methods=["GET"], **kind)
    change = takes(shapes.OverrideChange)
    add(one, here.update, methods=["PATCH"], openapi_extra=change, **kind)
    add(one, here.delete, methods=["DELETE"], **kind)
    return router


class _ModelInstalls:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._mappings = kernel.mappings
        self._manifests = kernel.manifests

    async def list(self, request: Request) -> Json:
        """List the unified models switched on in the environment."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "environment-unified-model", MODEL_FILTERS)
        conditions = tuple(self._translated(each) for each in wanted.listing.conditions)
        listing = replace(wanted.listing, conditions=conditions)
        page = await self._mappings.list_models(ask.environment_id, listing)
        return wanted.answer(page, shapes.model_install)

    async def get(self, request: Request, install_id: str) -> Json:
        """Get a unified model that is switched on."""
        ask = asked(request.scope)
        return shapes.model_install(await self._mappings.get_model(ask.environment_id, install_id))

    async def create(self, request: Request, response: Response) -> Json:
        """Switch a unified model on; one that is on already is returned as it is."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, shapes.NewModelInstall)
        record, is_new = await self._mappings.switch_on(
            ask.environment_id, body.unified_model_id, override=body.override
        )
        response.status_code = 201 if is_new else 200
        return shapes.model_install(record)

    async def update(self, request: Request, install_id: str) -> Json:
        """Change what the environment says about a unified model."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, shapes.ModelInstallChange)
        record = await self._mappings.update_model(ask.environment_id, install_id, body.override)
        return shapes.model_install(record)

    async def delete(self, request: Request, install_id: str) -> Json:
        """Switch a unified model off, by its own id or its install's; its overrides are deleted."""
        ask = asked(request.scope)
        found = install_id
        for name in self._manifests.catalog.models:
            if install_id in (name, id_of_model(name)):
                found = (await self._on(ask.environment_id)).get(name, "")
                if not found:
                    raise NotFound("The unified model is not switched on here.")
        await self._mappings.uninstall(ask.environment_id, found)
        return {"id": install_id}

    async def _on(self, environment_id: str) -> dict[str, str]:
        """Return the models that are on, by name, with the ids of their installs."""
        page = await self._mappings.list_models(environment_id)
        return {record.model: record.id for record in page.items}

    def _translated(self, condition: Condition) -> Condition:
        """Ask the table by its own names: models are kept by name."""
        if condition.field not in ("unified_model_id", "unified_model.name"):
            return condition
        names = {id_of_model(name): name for name in self._manifests.catalog.models}
        value = condition.value
        many = isinstance(value, list)
        value = [names.get(each, each) for each in value] if many else names.get(value, value)
        return Condition("model", condition.operator, value)


class _Overrides:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._mappings = kernel.mappings

    async def list(self, request: Request) -> Json:
        """List the environment's mapping overrides."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "mapping-override", OVERRIDE_FILTERS)
        page = await self._mappings.list(ask.environment_id, wanted.listing)
        return wanted.answer(page, shapes.mapping_override)

    async def get(self, request: Request, override_id: str) -> Json:
        """Get a mapping override."""
        ask = asked(request.scope)
        return shapes.mapping_override(await self._mappings.get(ask.environment_id, override_id))

    async def create(self, request: Request) -> Json:
        """Override one mapping in this environment; what it does not say stays the catalog's."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, shapes.NewOverride)
        model_install_id = body.environment_unified_model_id
        install = await self._mappings.get_model(ask.environment_id, model_install_id)
        self._check(
            install.model, body.integration_name, body.resource_name, body.method_name, body.config
        )
        record = await self._mappings.create(
            ask.environment_id,
            install.id,
            integration=body.integration_name,
            resource=body.resource_name,
            method=body.method_name,
            config=body.config,
        )
        return shapes.mapping_override(record)

    async def update(self, request: Request, override_id: str) -> Json:
        """Change an override; `version`, where given, must be the present one (409 otherwise)."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, shapes.OverrideChange)
        old = await self._mappings.get(ask.environment_id, override_id)
        config = merge_patch(old.config, body.config)
        self._check(old.model, old.integration, old.resource, old.method, config)
        record = await self._mappings.update(
            ask.environment_id, override_id, body.config, version=body.version
        )
        return shapes.mapping_override(record)

    async def delete(self, request: Request, override_id: str) -> Json:
        """Delete an override; the catalog's mapping holds again."""
        ask = asked(request.scope)
        await self._mappings.remove(ask.environment_id, override_id)
        return {"id": override_id}

    def _check(
        self, model: str, integration: str, resource: str, method: str, config: Mapping[str, Any]
    ) -> None:
        manifests = self._kernel.manifests
        check_override(
            manifests.loaded(integration),
            manifests.model(model),
            resource=resource,
            method=method,
            config=config,
        )
