"""/integration, /unified-model, /unified-model-resource-method, /category, tools and capabilities."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request

from waypost.base.errors import MethodNotSupported, NotFound
from waypost.base.listing import Kind
from waypost.features.catalog import shapes
from waypost.features.catalog.capabilities import capabilities, read_menu
from waypost.features.catalog.tools import read_choice, tools
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import Asked, asked, lists, page_of, read_list

Json = dict[str, Any]
FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "name": "text",
    "category": "text",
    "is_beta": "boolean",
    "sharing": "text",
}
MODEL_FILTERS: Mapping[str, Kind] = {"id": "text", "name": "text", "category": "text"}
MAPPING_FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "unified_model_id": "text",
    "resource_name": "text",
    "integration_name": "text",
    "method_name": "text",
}
CATEGORY_FILTERS: Mapping[str, Kind] = {"id": "text", "name": "text", "label": "text"}
_FOLDER = (
    "An integration is a folder of the catalog: write one, check it with "
    "'waypost integration check', and name its folder in WAYPOST_CATALOG."
)
_MODEL_FOLDER = "A unified model is a folder of the catalog, named in WAYPOST_CATALOG."
_MAPPING_FILE = (
    "Base mappings are files of the catalog. To change one here, write an "
    "/environment-unified-model-resource-method, or an account's unified_model_override."
)


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of the catalog."""
    router = APIRouter()
    add = router.add_api_route
    kind: dict[str, Any] = {"methods": ["GET"], "response_model": None, "tags": ["integrations"]}
    here = _Integrations(kernel)
    add("/integration", here.list, openapi_extra=lists(FILTERS), **kind)
    add("/integration/{integration_id}", here.get, **kind)
    add("/integration/{integration_id}/tools", here.tools, **kind)
    add("/integration/{integration_id}/unified-apis", here.unified_apis, **kind)
    add("/integration/{integration_id}/capabilities", here.capabilities, **kind)
    add("/category", here.list_categories, openapi_extra=lists(CATEGORY_FILTERS), **kind)
    kind["tags"] = ["accounts"]
    add("/integrated-account/{account_id}/tools", here.account_tools, **kind)
    add("/integrated-account/{account_id}/capabilities", here.account_capabilities, **kind)
    kind["tags"] = ["unified models"]
    models = _Models(kernel)
    add("/unified-model", models.list, openapi_extra=lists(MODEL_FILTERS), **kind)
    add("/unified-model/{model_id}", models.get, **kind)
    base = "/unified-model-resource-method"
    add(base, models.list_mappings, openapi_extra=lists(MAPPING_FILTERS), **kind)
    add(base + "/{mapping_id}", models.get_mapping, **kind)
    refusals = {"/integration": _FOLDER, "/unified-model": _MODEL_FOLDER, base: _MAPPING_FILE}
    for path, why in refusals.items():
        _refuse_writes(router, path, why)
    return router


def _refuse_writes(router: APIRouter, path: str, why: str) -> None:
    async def refuse() -> None:
        raise MethodNotSupported(why)

    for place, methods in ((path, ["POST"]), (path + "/{id}", ["PATCH", "PUT", "DELETE"])):
        router.add_api_route(place, refuse, methods=methods, include_in_schema=False)


class _Integrations:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._manifests = kernel.manifests

    async def list(self, request: Request) -> Json:
        """List the integrations of the catalog, each with its whole definition."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "integration", FILTERS)
        installed = await self._installed(ask)
        rows = [
            shapes.integration(loaded, installed, ask.environment_id)
            for loaded in self._manifests.catalog.integrations.values()
        ]
        return wanted.answer(page_of(rows, wanted.listing), dict)

    async def get(self, request: Request, integration_id: str) -> Json:
        """Get an integration by its id or its name."""
        ask = asked(request.scope)
        loaded = self._manifests.loaded(integration_id)
        return shapes.integration(loaded, await self._installed(ask), ask.environment_id)

    async def tools(self, request: Request, integration_id: str) -> Json:
        """List an integration's methods as tools (`methods=read,write,name`, `tags=`)."""
        choice = read_choice(asked(request.scope).query)
        return {"result": tools(self._manifests.integration(integration_id), choice)}

    async def unified_apis(self, integration_id: str) -> Json:
        """List the unified models an integration serves."""
        loaded = self._manifests.loaded(integration_id)
        return {"result": shapes.unified_apis(self._manifests.catalog, loaded)}

    async def capabilities(self, request: Request, integration_id: str) -> Json:
        """Describe what an integration can do (`type`, `methods`, `resource`, `has_description`)."""
        menu = read_menu(asked(request.scope).query)
        loaded = self._manifests.loaded(integration_id)
        return capabilities(loaded, self._manifests.catalog.models, menu)

    async def account_tools(self, request: Request, account_id: str) -> Json:
        """List what can be called as an account, as tools (`methods=`, `tags=`)."""
        ask = asked(request.scope)
        account = await self._kernel.accounts.get(ask.environment_id, account_id)
        choice = read_choice(ask.query)
        return {"result": tools(self._manifests.integration(account.integration), choice)}

    async def account_capabilities(self, request: Request, account_id: str) -> Json:
        """Describe what can be called as an account."""
        ask = asked(request.scope)
        account = await self._kernel.accounts.get(ask.environment_id, account_id)
        loaded = self._manifests.loaded(account.integration)
        menu = capabilities(
            loaded,
            self._manifests.catalog.models,
            read_menu(ask.query),
            await self._overridden(ask, account.integration),
        )
        menu["environment_id"] = account.environment_id
        menu["account"] = {
            "id": account.id,
            "status": account.status,
            "authentication_method": account.authentication_method,
            "is_blocked": False,
        }
        return menu

    async def list_categories(self, request: Request) -> Json:
        """List the categories of integrations and unified models."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "category", CATEGORY_FILTERS)
        rows = shapes.categories(self._manifests.catalog)
        return wanted.answer(page_of(rows, wanted.listing), dict)

    async def _overridden(self, ask: Asked, integration: str) -> set[tuple[str, str]]:
        page = await self._kernel.mappings.list(ask.environment_id)
        return {(row.model, row.resource) for row in page.items if row.integration == integration}

    async def _installed(self, ask: Asked) -> set[str]:
        page = await self._kernel.installs.list(ask.environment_id)
        return {install.integration for install in page.items}


class _Models:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._manifests = kernel.manifests

    async def list(self, request: Request) -> Json:
        """List the unified models of the catalog."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "unified-model", MODEL_FILTERS)
        models = self._manifests.catalog.models.values()
        installed = await self._installed(ask)
        rows = [shapes.unified_model(model, installed, ask.environment_id) for model in models]
        return wanted.answer(page_of(rows, wanted.listing), dict)

    async def get(self, request: Request, model_id: str) -> Json:
        """Get a unified model by its id or its name."""
        ask = asked(request.scope)
        model = self._manifests.model(model_id)
        return shapes.unified_model(model, await self._installed(ask), ask.environment_id)

    async def list_mappings(self, request: Request) -> Json:
        """List the catalog's mappings: one row for a model's resource, integration and method."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "mapping", MAPPING_FILTERS)
        rows = list(shapes.mappings(self._manifests.catalog))
        return wanted.answer(page_of(rows, wanted.listing), dict)

    async def get_mapping(self, mapping_id: str) -> Json:
        """Get one of the catalog's mappings."""
        for row in shapes.mappings(self._manifests.catalog):
            if row["id"] == mapping_id:
                return row
        raise NotFound("There is no such mapping.")

    async def _installed(self, ask: Asked) -> set[str]:
        page = await self._kernel.mappings.list_models(ask.environment_id)
        return {install.model for install in page.items}
