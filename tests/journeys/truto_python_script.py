"""Drives Truto's published Python SDK; run by the test beside it, in a process of its own.

Reads `{"url", "token", "provider_token"}` from standard input; prints `{step: outcome}`, where an
outcome is the SDK's answer, or `{"status": N}` where the server answered with an error.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable
from typing import Any

from aiohttp import ClientResponseError

try:
    from truto_python_sdk import TrutoApi  # type: ignore[import-not-found]
except ImportError:  # the test beside it reads the lists below without the SDK
    TrutoApi = None

EMPTY_LISTS = (
    "sync_jobs",
    "sync_job_runs",
    "sync_job_cron_triggers",
    "daemons",
    "daemon_jobs",
    "daemon_job_runs",
    "daemon_job_cron_triggers",
    "datastores",
    "alarms",
    "workflows",
    "workflow_runs",
    "documentations",
    "static_gates",
)


class Script:
    """Every call the SDK has, in the order of a story."""

    def __init__(self, given: dict[str, str]) -> None:
        self.api = TrutoApi(given["token"], base_url=given["url"])
        self.provider_token = given["provider_token"]
        self.outcomes: dict[str, Any] = {}

    async def run(self) -> dict[str, Any]:
        await self.look_around()
        await self.install()
        await self.manage_accounts()
        await self.call()
        await self.meet_what_is_not_built()
        await self.clean_up()
        return self.outcomes

    async def keep(self, step: str, answer: Awaitable[Any]) -> Any:
        try:
            self.outcomes[step] = await answer
        except ClientResponseError as error:
            self.outcomes[step] = {"status": error.status}
        return self.outcomes[step]

    async def listed(self, step: str, listing: Any) -> Any:
        return await self.keep(step, listing.to_array())

    async def look_around(self) -> None:
        api = self.api
        await self.keep("ping", api.ping())
        environments = await self.listed("environments", api.environments.list())
        await self.keep("environment", api.environments.get(environments[0]["id"]))
        tokens = await self.listed("tokens", api.api_tokens.list(limit=1))
        await self.keep("token", api.api_tokens.get(tokens[0]["id"]))
        teams = await self.listed("teams", api.teams.list())
        await self.keep("team", api.teams.get(teams[0]["id"]))
        users = await self.listed("users", api.users.list())
        await self.keep("user", api.users.get(users[0]["id"]))
        await self.listed("categories", api.categories.list())
        await self.listed("integrations", api.integrations.list())
        await self.keep("integration", api.integrations.get("mailersend"))
        await self.keep("integration create", api.integrations.create({"name": "x", "config": {}}))
        await self.keep("integration update", api.integrations.update("mailersend", {}))
        await self.keep("integration delete", api.integrations.delete("mailersend"))

    async def install(self) -> None:
        api = self.api
        integration_id = self.outcomes["integration"]["id"]
        await self.keep("install", api.integrations.install(integration_id))
        await self.keep("uninstall", api.integrations.uninstall(integration_id))
        await self.keep("install again", api.integrations.install(integration_id))
        await self.keep("install twice", api.integrations.install(integration_id))
        installs = await self.listed(
            "installs", api.environment_integrations.list(integration_id=integration_id)
        )
        self.install_id = installs[0]["id"]
        await self.keep("one install", api.environment_integrations.get(self.install_id))
        override = {"override": {"environment_variables": {"region": "eu"}}}
        await self.keep(
            "install update", api.environment_integrations.update(self.install_id, override)
        )
        models = await self.listed("models", api.unified_models.list())
        model_id = models[0]["id"]
        await self.keep("model", api.unified_models.get(model_id))
        await self.keep("model install", api.unified_models.install(model_id))
        on = await self.listed("models on", api.environment_unified_models.list())
        await self.keep("model on", api.environment_unified_models.get(on[0]["id"]))
        await self.keep(
            "model update",
            api.environment_unified_models.update(on[0]["id"], {"override": {"docs": {"a": "b"}}}),
        )
        await self.keep("model uninstall", api.unified_models.uninstall(model_id))

    async def manage_accounts(self) -> None:
        accounts = self.api.integrated_accounts
        order = {"tenant_id": "acme", "redirect_uri": "https://app.example/back"}
        await self.keep("link token", self.api.link_tokens.create(order))
        made = await self.keep(
            "import",
            accounts._import(
                {
                    "tenant_id": "acme",
                    "environment_integration_id": self.install_id,
                    "authentication_method": "api_key",
                    "context": {"api_token": self.provider_token, "note": "by hand"},
                }
            ),
        )
        self.account_id = made["id"]
        filters = {
            "tenant_id": "acme",
            "integration.name": "mailersend",
            "created_at": {"gt": "2020-01-01"},
        }
        await self.listed("accounts", accounts.list(**filters))
        await self.keep("account", accounts.get(self.account_id))
        await self.keep(
            "account update", accounts.update(self.account_id, {"context": {"note": "changed"}})
        )
        await self.keep("account token", accounts.create_integrated_account_token(self.account_id))
        await self.keep("refresh", accounts.refresh_credentials(self.account_id))
        await self.keep("post install", accounts.run_post_install_actions(self.account_id))
        sandboxes = self.api.sandbox_integrated_accounts
        await self.keep("sandbox create", sandboxes.create({"id": self.account_id}))
        await self.listed("sandboxes", sandboxes.list())
        await self.keep("sandbox", sandboxes.get(self.account_id))
        refused = self.api.proxy_api.create("domains", {"name": "x.example"}, self.here())
        await self.keep("sandbox write", refused)
        await self.keep("sandbox delete", sandboxes.delete(self.account_id))

    def here(self, **more: Any) -> dict[str, Any]:
        return {"integrated_account_id": self.account_id, **more}

    async def call(self) -> None:
        unified, proxy, custom = self.api.unified_api, self.api.proxy_api, self.api.custom_api
        users = await self.listed(
            "unified list", unified.list("user-directory", "users", self.here(limit=2))
        )
        first = users[0]["id"]
        await self.keep("unified get", unified.get("user-directory", "users", first, self.here()))
        await self.keep(
            "unified update",
            unified.update(
                "user-directory", "users", first, {"roles": [{"id": "Manager"}]}, self.here()
            ),
        )
        invited = {"emails": [{"email": "new@acme.example"}], "roles": [{"id": "Manager"}]}
        await self.keep(
            "unified create", unified.create("user-directory", "users", invited, self.here())
        )
        await self.listed("proxy list", proxy.list("domains", self.here(limit=10)))
        domains = self.outcomes["proxy list"]
        await self.keep("proxy get", proxy.get("domains", domains[0]["id"], self.here()))
        await self.keep(
            "proxy create", proxy.create("domains", {"name": "made.acme.example"}, self.here())
        )
        await self.keep(
            "proxy delete",
            proxy.delete("domains", domains[-1]["id"], self.here()),
        )
        await self.keep("proxy unknown", proxy.get("domainz", "1", self.here()))
        await self.keep("custom get", custom.get("domains", **self.here(limit=10)))
        await self.keep(
            "custom post", custom.post("domains", {"name": "custom.acme.example"}, **self.here())
        )
        logs = self.api.logs.list(
            log_type="unified_proxy_api", limit=5, log_type_filter={"request_type": "proxy"}
        )
        await self.listed("logs", logs)
        await self.listed("webhook logs", self.api.logs.list(log_type="webhook"))

    async def meet_what_is_not_built(self) -> None:
        api = self.api
        for name in EMPTY_LISTS:
            await self.listed(f"empty {name}", getattr(api, name).list())
        for name in ("sync_jobs", "workflows", "datastores"):
            await self.keep(f"get {name}", getattr(api, name).get("x"))
            await self.keep(f"create {name}", getattr(api, name).create({"label": "x"}))
            await self.keep(f"delete {name}", getattr(api, name).delete("x"))
        await self.keep("schedule", api.sync_job_cron_triggers.schedule("x"))
        await self.keep("datastore test", api.datastores.test("x", "get"))
        await self.keep("batch", api.batch_requests.create({"resources": []}))
        await self.keep("mcp", api.mcp.list_tools("no-such-token"))
        await self.keep("webhook in", api.integrated_account_webhooks.process("x", {}))
        await self.keep("env webhook in", api.environment_integration_webhooks.process("x", {}))
        hook = await self.keep(
            "webhook create",
            api.webhooks.create(
                {
                    "target_url": "https://app.example/hook",
                    "event_types": ["integrated_account:active"],
                }
            ),
        )
        await self.listed("webhooks", api.webhooks.list())
        await self.keep("webhook", api.webhooks.get(hook["id"]))
        await self.keep("webhook update", api.webhooks.update(hook["id"], {"is_active": False}))
        await self.keep("webhook test", api.webhooks.test(hook["id"]))
        await self.keep("webhook delete", api.webhooks.delete(hook["id"]))

    async def clean_up(self) -> None:
        await self.keep("account delete", self.api.integrated_accounts.delete(self.account_id))
        await self.keep("account gone", self.api.integrated_accounts.get(self.account_id))


def main() -> None:
    """Run the script and print what came of it."""
    given = json.load(sys.stdin)
    json.dump(asyncio.run(Script(given).run()), sys.stdout, default=bytes.decode)


if __name__ == "__main__":
    main()
