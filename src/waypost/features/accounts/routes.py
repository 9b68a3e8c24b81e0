"""/integrated-account, /sandbox-integrated-account and /tenant."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request

from waypost.base.errors import InvalidRequest, NotFound
from waypost.base.listing import Condition, Kind, Page
from waypost.features.accounts import bodies, shapes
from waypost.features.accounts.checks import Checks, refuse_integration_override
from waypost.kernel.accounts import ACCOUNT_FILTERS, Account
from waypost.kernel.accounts.context import all_secret_fields
from waypost.kernel.calls.refresh import REFRESHED_FORMATS
from waypost.kernel.environments.directory import ACCOUNT_TOKEN_SECONDS
from waypost.kernel.kernel import Kernel
from waypost.kernel.tenants.store import TENANT_FILTERS
from waypost.kernel.wire import (
    Asked,
    Wanted,
    asked,
    at_home,
    lists,
    parse_body,
    read_body,
    read_list,
    takes,
)

Json = dict[str, Any]
FILTERS: Mapping[str, Kind] = {**ACCOUNT_FILTERS, "environment_id": "text"}
OWN_TENANT_FILTERS: Mapping[str, Kind] = {**TENANT_FILTERS, "environment_id": "text"}
_IGNORED = ("features",)
"""`features.super_query`: there is no such store here, every answer is live."""


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of accounts and tenants."""
    router = APIRouter()
    _add_accounts(router, _Accounts(kernel))
    _add_acts(router, _Acts(kernel))
    _add_sandboxes(router, _Sandboxes(kernel))
    _add_tenants(router, _Tenants(kernel))
    return router


def _add_accounts(router: APIRouter, here: "_Accounts") -> None:
    add, path, one = (
        router.add_api_route,
        "/integrated-account",
        "/integrated-account/{account_id}",
    )
    kind: Json = {"tags": ["accounts"], "response_model": None}
    new, change = takes(bodies.NewAccount), takes(bodies.AccountChange)
    add(path, here.list, methods=["GET"], openapi_extra=lists(FILTERS), **kind)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **kind)
    # Before /{account_id}, which would take "me" for an id.
    me, own = path + "/me", takes(bodies.OwnChange)
    add(me, here.get_own, methods=["GET"], **kind)
    add(me, here.update_own, methods=["PATCH"], openapi_extra=own, **kind)
    add(one, here.get, methods=["GET"], **kind)
    add(one, here.update, methods=["PATCH"], openapi_extra=change, **kind)
    add(one, here.delete, methods=["DELETE"], **kind)


def _add_acts(router: APIRouter, here: "_Acts") -> None:
    add, path = router.add_api_route, "/integrated-account"
    kind: Json = {"tags": ["accounts"], "response_model": None}
    post: Json = {**kind, "methods": ["POST"]}
    add(path + "/token", here.token, openapi_extra=takes(bodies.TokenOrder), **post)
    add(path + "/refresh-credentials", here.refresh, openapi_extra=takes(bodies.OneAccount), **post)
    add(
        path + "/run-post-install-actions",
        here.check,
        openapi_extra=takes(bodies.OneAccount),
        **post,
    )
    add(path + "/bulk-delete", here.delete_many, openapi_extra=takes(bodies.ManyAccounts), **post)
    add(
        path + "/{account_id}/credentials",
        here.credentials,
        methods=["PATCH"],
        openapi_extra=takes(bodies.Credentials),
        **kind,
    )


def _add_sandboxes(router: APIRouter, here: "_Sandboxes") -> None:
    add, path = router.add_api_route, "/sandbox-integrated-account"
    kind: Json = {"tags": ["accounts"], "response_model": None}
    new = takes(bodies.OneAccount)
    add(path, here.list, methods=["GET"], openapi_extra=lists(FILTERS), **kind)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **kind)
    add(path + "/{account_id}", here.get, methods=["GET"], **kind)
    add(path + "/{account_id}", here.delete, methods=["DELETE"], **kind)


def _add_tenants(router: APIRouter, here: "_Tenants") -> None:
    add, path = router.add_api_route, "/tenant"
    kind: Json = {"tags": ["tenants"], "response_model": None}
    new, change = takes(bodies.NewTenant), takes(bodies.TenantChange)
    bulk = takes(bodies.ManyTenants)
    add(path, here.list, methods=["GET"], openapi_extra=lists(OWN_TENANT_FILTERS), **kind)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **kind)
    add(path + "/bulk", here.create_many, methods=["POST"], openapi_extra=bulk, **kind)
    add(path + "/{tenant_id}", here.get, methods=["GET"], **kind)
    add(path + "/{tenant_id}", here.update, methods=["PATCH"], openapi_extra=change, **kind)
    add(path + "/{tenant_id}", here.delete, methods=["DELETE"], **kind)


class _Room:
    """What every part of these routes needs."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._accounts = kernel.accounts
        self._checks = Checks(kernel)

    async def _page(self, ask: Asked, wanted: Wanted) -> Json:
        page = await self._accounts.list(ask.environment_id, wanted.listing)
        installs = (await self._kernel.installs.list(ask.environment_id)).items
        by_id = {install.id: install for install in installs}
        rows = shapes.shown_accounts(page.items, by_id, self._kernel.manifests)
        return wanted.answer(Page(rows, page.next), dict)

    async def _shown(self, account: Account) -> Json:
        return await self._accounts.wire(account)


class _Accounts(_Room):
    async def list(self, request: Request) -> Json:
        """List accounts, oldest first."""
        ask = asked(request.scope)
        wanted = read_list(
            ask, self._kernel.cursors, "integrated-account", FILTERS, ignored=_IGNORED
        )
        return await self._page(ask, wanted)

    async def get(self, request: Request, account_id: str) -> Json:
        """Get an account, without its secrets."""
        ask = asked(request.scope)
        return await self._shown(await self._accounts.get(ask.environment_id, account_id))

    async def create(self, request: Request) -> Json:
        """Import an account from credentials that exist; `validate` checks them first."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.NewAccount)
        return await self._shown(await self._checks.bring_in(ask.environment_id, body))

    async def update(self, request: Request, account_id: str) -> Json:
        """Change an account; `context` merges at its top level, absent secrets stay."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.AccountChange)
        changes = {name: value for name, value in body.given().items() if value is not None}
        account = await self._accounts.get(ask.environment_id, account_id)
        self._checks.check_override(account.integration, body.unified_model_override)
        refuse_integration_override(body.integration_override)
        return await self._shown(
            await self._accounts.update(ask.environment_id, account_id, changes)
        )

    async def delete(self, request: Request, account_id: str) -> Json:
        """Delete an account with its secrets and tokens."""
        ask = asked(request.scope)
        await self._accounts.delete(ask.environment_id, account_id)
        return {"id": account_id}

    async def get_own(self, request: Request) -> Json:
        """Get the account of an account token; its OAuth access token is shown to its holder."""
        return await self._own(asked(request.scope))

    async def update_own(self, request: Request) -> Json:
        """Change the context of an account token's account, all but its credentials."""
        ask = asked(request.scope)
        account_id = _own_id(ask)
        body = await read_body(request.scope, request.receive, bodies.OwnChange)
        own = await self._own(ask)
        integration = self._kernel.manifests.integration(own["integration"]["name"])
        changed = shapes.own_change(
            body.context,
            shown=own["context"],
            secret_names=all_secret_fields(integration.credentials),
        )
        await self._accounts.update(ask.environment_id, account_id, {"context": changed})
        return await self._own(ask)

    async def _own(self, ask: Asked) -> Json:
        account = await self._accounts.get(ask.environment_id, _own_id(ask))
        whole = await self._accounts.reveal(ask.environment_id, account.id)
        shown = await self._shown(account)
        return {**shown, "context": shapes.own_context(account.context, whole)}


class _Acts(_Room):
    async def token(self, request: Request) -> Json:
        """Issue a token for one account, good for 15 minutes."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.TokenOrder)
        account = await self._accounts.get(ask.environment_id, body.integrated_account_id)
        token = await self._kernel.environments.create_account_token(ask.environment_id, account.id)
        text = token.reveal()
        return {
            "integrated_account_token": text,
            "token": text,
            "expires_in": ACCOUNT_TOKEN_SECONDS,
        }

    async def refresh(self, request: Request) -> Json:
        """Obtain fresh OAuth tokens now; pasted keys have nothing to refresh (`refreshed: false`)."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.OneAccount)
        account = await self._accounts.for_call(ask.environment_id, body.id)
        if account.account.authentication_method not in REFRESHED_FORMATS:
            return {"success": True, "refreshed": False}
        integration = self._kernel.manifests.integration(account.integration)
        await self._kernel.calls.refresher.refresh(account, integration)
        return {"success": True, "refreshed": True}

    async def check(self, request: Request) -> Json:
        """Check the credentials at the provider as linking does; the status follows the result."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.OneAccount)
        account = await self._accounts.get(ask.environment_id, body.id)
        checked = await self._checks.check(account)
        return {"success": checked.status == "active", **await self._shown(checked)}

    async def delete_many(self, request: Request) -> Json:
        """Delete up to 99 accounts by `ids`, or those of one `tenant_id`."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.ManyAccounts)
        matched, deleted = await self._accounts.delete_many(
            ask.environment_id, ids=body.ids, tenant_id=body.tenant_id
        )
        return {"matched_count": matched, "deleted_count": deleted}

    async def credentials(self, request: Request, account_id: str) -> Json:
        """Give an account other credentials; `validate` checks them and sets the status."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.Credentials)
        changes: Json = {"context": body.context}
        if body.authentication_method is not None:
            changes["authentication_method"] = body.authentication_method
        if body.check:
            # A check that cannot be made must not leave half of the request behind.
            await self._checks.refuse_switched_off(
                await self._accounts.get(ask.environment_id, account_id)
            )
        account = await self._accounts.update(ask.environment_id, account_id, changes)
        return await self._shown(await self._checks.check(account) if body.check else account)


class _Sandboxes(_Room):
    async def list(self, request: Request) -> Json:
        """List the accounts that are marked as sandboxes: they can be read, not changed."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "sandbox-integrated-account", FILTERS)
        marked = (*wanted.listing.conditions, Condition("is_sandbox", "eq", True))
        only = replace(wanted, listing=replace(wanted.listing, conditions=marked))
        answer = await self._page(ask, only)
        return {**answer, "result": [shapes.sandbox_account(row) for row in answer["result"]]}

    async def get(self, request: Request, account_id: str) -> Json:
        """Get a sandbox account."""
        account = await self._sandbox(asked(request.scope), account_id)
        return shapes.sandbox_account(await self._shown(account))

    async def create(self, request: Request) -> Json:
        """Mark an account as a sandbox: calls that write answer 405 from now on."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.OneAccount)
        changes = {"is_sandbox": True}
        account = await self._accounts.update(ask.environment_id, body.id, changes)
        return shapes.sandbox_account(await self._shown(account))

    async def delete(self, request: Request, account_id: str) -> Json:
        """Make a sandbox account an ordinary one again."""
        ask = asked(request.scope)
        account = await self._sandbox(ask, account_id)
        await self._accounts.update(ask.environment_id, account.id, {"is_sandbox": False})
        return {"id": account_id}

    async def _sandbox(self, ask: Asked, account_id: str) -> Account:
        account = await self._accounts.get(ask.environment_id, account_id)
        if not account.is_sandbox:
            raise NotFound("There is no such sandbox account.")
        return account


class _Tenants:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._tenants = kernel.tenants

    async def list(self, request: Request) -> Json:
        """List tenants."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "tenant", OWN_TENANT_FILTERS)
        page = await self._tenants.list(ask.environment_id, wanted.listing)
        return wanted.answer(page, shapes.tenant)

    async def get(self, request: Request, tenant_id: str) -> Json:
        """Get a tenant."""
        ask = asked(request.scope)
        return shapes.tenant(await self._tenants.get(ask.environment_id, tenant_id))

    async def create(self, request: Request) -> Json:
        """Create a tenant; linking an account creates its tenant by itself."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.NewTenant)
        made = await self._tenants.create(
            ask.environment_id, body.id, name=body.name, metadata=body.metadata
        )
        return shapes.tenant(made)

    async def create_many(self, request: Request) -> Json:
        """Create up to 1000 tenants; those that exist are skipped."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.ManyTenants)
        tenants = [
            parse_body(at_home(each, ask.caller), bodies.NewTenant).given() for each in body.tenants
        ]
        created, skipped = await self._tenants.create_many(ask.environment_id, tenants)
        return {
            "created": [shapes.tenant(each) for each in created],
            "skipped": [{"id": each, "reason": "already_exists"} for each in skipped],
        }

    async def update(self, request: Request, tenant_id: str) -> Json:
        """Change a tenant's name or metadata."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, bodies.TenantChange)
        changes = body.given()
        if changes.get("name", "") is None:
            raise InvalidRequest("'name' must be a text")
        return shapes.tenant(await self._tenants.update(ask.environment_id, tenant_id, changes))

    async def delete(self, request: Request, tenant_id: str) -> Json:
        """Delete a tenant that has no accounts; the answer is the tenant."""
        ask = asked(request.scope)
        return shapes.tenant(
            await self._kernel.accounts.delete_tenant(ask.environment_id, tenant_id)
        )


def _own_id(ask: Asked) -> str:
    if ask.caller.account_id is None:
        raise InvalidRequest("'me' is the account of an account token; ask by the account's id.")
    return ask.caller.account_id
