"""Accounts: created by a link or an import, changed, checked, and found again."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from waypost.base.clock import Clock, monotonic
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import Conflict, InvalidRequest, NotFound
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.base.secret import Secret
from waypost.base.tasks import BackgroundTasks, Sleep
from waypost.kernel.accounts import store
from waypost.kernel.accounts.announce import Announcements
from waypost.kernel.accounts.context import (
    SplitContext,
    merge_context,
    secret_fields,
    split_context,
    whole_context,
)
from waypost.kernel.accounts.health import Health
from waypost.kernel.accounts.model import Account, wire_account
from waypost.kernel.accounts.refresh import Refresh
from waypost.kernel.accounts.removal import Removal
from waypost.kernel.accounts.snapshots import Snapshots
from waypost.kernel.accounts.states import EVENTS, STATUSES, Status, Verdict, next_status, sources
from waypost.kernel.environments import Environments
from waypost.kernel.events import Events
from waypost.kernel.installs import Installs
from waypost.kernel.manifests import Manifests
from waypost.kernel.tenants import Tenants
from waypost.kernel.vault import Vault

CHANGEABLE = (
    "tenant_id",
    "status",
    "context",
    "authentication_method",
    "is_sandbox",
    "unified_model_override",
    "integration_override",
    "is_sandbox",
)


class Accounts:
    """Keep linked accounts. Contexts come and go as the wire has them; secrets are parted inside.

    A method that takes `within` works in that write transaction, else in one of its own.
    """

    def __init__(
        self,
        database: Database,
        *,
        vault: Vault,
        events: Events,
        environments: Environments,
        installs: Installs,
        tenants: Tenants,
        manifests: Manifests,
        tasks: BackgroundTasks,
        clock: Clock,
        sleep: Sleep,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._vault = vault
        self._installs = installs
        self._tenants = tenants
        self._manifests = manifests
        self._clock = clock
        self._announcements = Announcements(events, installs, manifests)
        self._snapshots = Snapshots(
            database,
            vault=vault,
            installs=installs,
            manifests=manifests,
            tasks=tasks,
            monotonic=monotonic,
        )
        # One thing for callers, several acts' worth of code inside: each class says what it promises.
        self.snapshots = self._snapshots
        self.peek = self._snapshots.peek
        self.for_call = self._snapshots.for_call
        self._offer_marks_and_refresh(tasks, sleep)
        self._offer_removal(environments)

    def _offer_marks_and_refresh(self, tasks: BackgroundTasks, sleep: Sleep) -> None:
        health = Health(
            self._database,
            snapshots=self._snapshots,
            announcements=self._announcements,
            clock=self._clock,
        )
        refresh = Refresh(
            self._database,
            vault=self._vault,
            snapshots=self._snapshots,
            health=health,
            tasks=tasks,
            clock=self._clock,
            sleep=sleep,
        )
        self.mark_unauthorized = health.mark_unauthorized
        self.mark_succeeded = health.mark_succeeded
        self.mark_forbidden = health.mark_forbidden
        self.refresh = refresh.refresh

    def _offer_removal(self, environments: Environments) -> None:
        removal = Removal(
            self._database,
            vault=self._vault,
            environments=environments,
            installs=self._installs,
            tenants=self._tenants,
            snapshots=self._snapshots,
            announcements=self._announcements,
        )
        self.before_removal = removal.before_removal
        self.delete = removal.delete
        self.delete_many = removal.delete_many
        self.delete_tenant = removal.delete_tenant
        self.uninstall = removal.uninstall

    async def create(
        self,
        environment_id: str,
        *,
        tenant_id: str,
        install_id: str,
        authentication_method: str,
        context: Mapping[str, Any],
        status: Status = "connecting",
        region: str | None = None,
        is_sandbox: bool = False,
        within: AsyncConnection | None = None,
    ) -> Account:
        """Create an account of an install, and its tenant where there is none yet.

        Raises NotFound for the install, InvalidRequest for the context or method.
        """
        async with self._database.joined(within) as connection:
            install = await self._installs.read(connection, environment_id, install_id)
            split = self._split(install.integration, authentication_method, context)
            now = self._clock.now()
            account = Account(
                id=new_id(),
                environment_id=environment_id,
                install_id=install.id,
                integration=install.integration,
                tenant_id=_checked_tenant(tenant_id),
                status=status,
                authentication_method=authentication_method,
                context=split.shown,
                credential_version=1,
                credentials_expire_at=split.expires_at,
                last_error=None,
                last_forbidden_error=None,
                last_action_run_result=None,
                is_sandbox=is_sandbox,
                region=region,
                unified_model_override={},
                integration_override={},
                created_at=now,
                updated_at=now,
            )
            sealed = await self._sealed(connection, account, split.secrets)
            await store.add(connection, environment_id, account, sealed)
            await self._tenants.ensure(connection, environment_id, tenant_id)
            await self._announcements.announce(connection, account, "integrated_account:created")
        return account

    async def get(self, environment_id: str, account_id: str) -> Account:
        """Return an account; raises NotFound."""
        async with self._database.read() as connection:
            return (await store.get(connection, environment_id, account_id)).account

    async def named_by_webhook(self, account_id: str) -> Account:
        """Return the account that the address of a provider's webhook names; raises NotFound.

        The provider knows no environment: what it sends is believed by its signature alone.
        """
        async with self._database.read() as connection:
            environment_id = await store.environment_of(connection, account_id)
            if environment_id is None:
                raise NotFound("There is no such account.")
            return (await store.get(connection, environment_id, account_id)).account

    async def list(self, environment_id: str, listing: Listing | None = None) -> Page[Account]:
        """Return a page of accounts; conditions may name ACCOUNT_FILTERS."""
        async with self._database.read() as connection:
            return await store.list_accounts(connection, environment_id, listing or Listing())

    async def wire(self, account: Account) -> dict[str, Any]:
        """Return an account as the wire shows it."""
        install = await self._installs.get(account.environment_id, account.install_id)
        loaded = self._manifests.catalog.integrations.get(account.integration)
        return wire_account(account, install, loaded.integration if loaded else None)

    async def reveal(self, environment_id: str, account_id: str) -> dict[str, Any]:
        """Return an account's whole context, secrets in their places, for its own holder only."""
        async with self._database.read() as connection:
            stored = await store.get(connection, environment_id, account_id)
        secrets = await self._snapshots.open(stored.account, stored.sealed)
        return whole_context(stored.account.context, secrets)

    async def update(
        self,
        environment_id: str,
        account_id: str,
        changes: Mapping[str, Any],
        *,
        within: AsyncConnection | None = None,
    ) -> Account:
        """Change what CHANGEABLE names; the context merges at its top, its secrets stay if absent.

        Raises NotFound, InvalidRequest.
        """
        values = {name: changes[name] for name in CHANGEABLE if name in changes}
        _check_changes(values)
        async with self._database.joined(within) as connection:
            stored = await store.get(connection, environment_id, account_id, lock=True)
            account = stored.account
            if "context" in values:
                method = values.get("authentication_method", account.authentication_method)
                split = self._split(account.integration, method, values["context"])
                merged = replace(split, shown=merge_context(account.context, split.shown))
                values |= await self._fresh_context(connection, stored, merged, keep=True)
            if "tenant_id" in values:
                await self._tenants.ensure(connection, environment_id, values["tenant_id"])
            return await self._change(
                connection, environment_id, account_id, values, "integrated_account:updated"
            )

    async def reconnect(
        self,
        environment_id: str,
        account_id: str,
        *,
        context: Mapping[str, Any],
        authentication_method: str,
        keep_context: bool = False,
        within: AsyncConnection | None = None,
    ) -> Account:
        """Give an account new credentials in place of all its old ones; its checks begin anew.

        With `keep_context` the shown context is kept where the new one says nothing. Raises
        NotFound, InvalidRequest.
        """
        async with self._database.joined(within) as connection:
            stored = await store.get(connection, environment_id, account_id, lock=True)
            account = stored.account
            split = self._split(account.integration, authentication_method, context)
            if keep_context:
                split = replace(split, shown={**account.context, **split.shown})
            values = await self._fresh_context(connection, stored, split, keep=False)
            values |= {
                "status": next_status(account.status, "reconnected"),
                "authentication_method": authentication_method,
                "last_error": None,
                "last_forbidden_error": None,
                "needs_reauth_at": None,
            }
            event = EVENTS[account.status, "reconnected"]
            return await self._change(connection, environment_id, account_id, values, event)

    async def conclude(
        self,
        environment_id: str,
        account_id: str,
        verdict: Verdict,
        *,
        error: Mapping[str, Any] | None = None,
        result: Any = None,
        within: AsyncConnection | None = None,
    ) -> Account:
        """End the checks of a connecting account; `error` and `result` must hold no secret.

        Raises NotFound, and Conflict when it is not connecting (any more).
        """
        values: dict[str, Any] = {
            "status": next_status("connecting", verdict),
            "last_error": dict(error) if error else None,
            "updated_at": self._clock.now(),
        }
        if result is not None:
            values["last_action_run_result"] = result
        async with self._database.joined(within) as connection:
            moved = await store.change_if(
                connection, environment_id, account_id, values, statuses=sources(verdict)
            )
            account = (await store.get(connection, environment_id, account_id)).account
            if not moved:
                raise Conflict(f"The integrated account is {account.status}, not connecting.")
            event = EVENTS["connecting", verdict]
            await self._announcements.announce(connection, account, event)
            self._snapshots.forget_after_commit(environment_id, account_id)
        return account

    async def expiring(self, before: float, *, limit: int = 100) -> Sequence[tuple[str, str]]:
        """Return (environment, account) of active accounts whose token ends before a moment."""
        async with self._database.read() as connection:
            return await store.expiring(connection, before, limit)

    async def callable_of(
        self, integrations: Sequence[str], *, after: str = "", limit: int = 500
    ) -> Sequence[tuple[str, str]]:
        """Return (environment, account) of accounts of integrations that can be called, by id."""
        async with self._database.read() as connection:
            return await store.callable_of(connection, integrations, after, limit)

    async def _change(
        self,
        connection: AsyncConnection,
        environment_id: str,
        account_id: str,
        values: Mapping[str, Any],
        event: str,
    ) -> Account:
        values = {**values, "updated_at": self._clock.now()}
        await store.change(connection, environment_id, account_id, values)
        account = (await store.get(connection, environment_id, account_id)).account
        await self._announcements.announce(connection, account, event)
        self._snapshots.forget_after_commit(environment_id, account_id)
        return account

    async def _fresh_context(
        self,
        connection: AsyncConnection,
        stored: store.StoredAccount,
        split: SplitContext,
        *,
        keep: bool,
    ) -> dict[str, Any]:
        """Return the columns for a new context; `keep` keeps the secrets that it does not name."""
        values: dict[str, Any] = {"context": split.shown}
        if keep and not split.secrets:
            return values
        sealed = await self._sealed(connection, stored.account, split.secrets)
        kept = stored.sealed if keep else {}
        same_token = keep and "access_token" not in split.secrets
        ends = stored.account.credentials_expire_at if same_token else split.expires_at
        return values | {
            "sealed": {**kept, **sealed},
            "credential_version": stored.account.credential_version + 1,
            "credentials_expire_at": ends,
            "refresh_claim": None,
            "refresh_claim_until": None,
        }

    async def _sealed(
        self, connection: AsyncConnection, account: Account, secrets: Mapping[str, Secret]
    ) -> dict[str, str]:
        sealed = await self._vault.seal(connection, account.environment_id, account.id, secrets)
        return {name: base64.b64encode(raw).decode() for name, raw in sealed.items()}

    def _split(self, integration: str, method: str, context: Mapping[str, Any]) -> SplitContext:
        credentials = self._manifests.integration(integration).credentials
        offered = credentials.formats()
        if ("api_key" if method == "basic" else method) not in offered:
            raise InvalidRequest(
                f"{integration} has no authentication method {method}; use {', '.join(offered)}"
            )
        names = secret_fields(credentials, method)
        return split_context(context, secret_names=names, now=self._clock.now())


def _checked_tenant(tenant_id: Any) -> str:
    if not isinstance(tenant_id, str) or not 0 < len(tenant_id) <= 256:
        raise InvalidRequest("tenant_id must be a text of 1 to 256 characters")
    return tenant_id


def _check_changes(values: Mapping[str, Any]) -> None:
    if "tenant_id" in values:
        _checked_tenant(values["tenant_id"])
    if values.get("status", "active") not in STATUSES:
        raise InvalidRequest(f"status must be one of {', '.join(STATUSES)}")
    if not isinstance(values.get("is_sandbox", False), bool):
        raise InvalidRequest("is_sandbox must be true or false")
    if not isinstance(values.get("is_sandbox", False), bool):
        raise InvalidRequest("is_sandbox must be true or false")
    for name in ("context", "unified_model_override", "integration_override"):
        if not isinstance(values.get(name, {}), Mapping):
            raise InvalidRequest(f"{name} must be an object")
