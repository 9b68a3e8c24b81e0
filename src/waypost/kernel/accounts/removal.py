"""The end of accounts: their rows, their keys, their tokens."""

from collections.abc import Awaitable, Callable, Sequence

from waypost.base.clock import monotonic
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database, after_commit
from waypost.base.errors import Conflict, InvalidRequest
from waypost.base.log import get_logger
from waypost.kernel.accounts import store
from waypost.kernel.accounts.announce import Announcements
from waypost.kernel.accounts.snapshots import Snapshots
from waypost.kernel.environments import Environments
from waypost.kernel.installs import Install, Installs
from waypost.kernel.tenants import Tenant, Tenants
from waypost.kernel.vault import Vault

MOST_IDS = 99
MOST_OF_A_TENANT = 1000
MOST_AT_ONCE = 100
ENVIRONMENT_SECONDS = 30.0
"""How long the end of an environment waits for those who are told of its accounts."""

_log = get_logger("waypost.accounts")

BeforeRemoval = Callable[[Sequence[tuple[str, str]]], Awaitable[None]]
"""Told (environment, account) of accounts that are about to go, while their credentials open."""


class Removal:
    """Delete accounts with everything only they needed; their secrets never open again."""

    def __init__(
        self,
        database: Database,
        *,
        vault: Vault,
        environments: Environments,
        installs: Installs,
        tenants: Tenants,
        snapshots: Snapshots,
        announcements: Announcements,
    ) -> None:
        self._database = database
        self._vault = vault
        self._environments = environments
        self._installs = installs
        self._tenants = tenants
        self._snapshots = snapshots
        self._announcements = announcements
        self._before: list[BeforeRemoval] = []
        environments.on_notice(self._tell_of_all)
        environments.before_delete(self._forget_environment)

    def before_removal(self, callback: BeforeRemoval) -> None:
        """Have `callback` told of accounts before they go, outside any transaction.

        It bounds its own time and raises nothing. Those that go within a caller's transaction are
        not told of, nor those of an environment for whom its `ENVIRONMENT_SECONDS` do not suffice.
        """
        self._before.append(callback)

    async def delete(
        self,
        environment_id: str,
        account_id: str,
        *,
        within: AsyncConnection | None = None,
    ) -> None:
        """Delete an account; raises NotFound."""
        if within is None:
            await self._tell(environment_id, "id", [account_id])
        async with self._database.joined(within) as connection:
            await store.get(connection, environment_id, account_id, lock=True)
            await self._remove(connection, environment_id, account_id)

    async def delete_many(
        self,
        environment_id: str,
        *,
        ids: Sequence[str] | None = None,
        tenant_id: str | None = None,
    ) -> tuple[int, int]:
        """Delete the accounts with these ids, or of one tenant; return how many matched and went.

        Raises InvalidRequest unless exactly one of the two is given and within its bound.
        """
        if (ids is None) == (tenant_id is None):
            raise InvalidRequest("give exactly one of ids and tenant_id")
        if ids is not None and not 0 < len(ids) <= MOST_IDS:
            raise InvalidRequest(f"ids must name 1 to {MOST_IDS} accounts")
        field, values = ("id", ids) if ids is not None else ("tenant_id", [tenant_id or ""])
        await self._tell(environment_id, field, values)
        async with self._database.write() as connection:
            found = await store.ids_of(connection, environment_id, field, values, MOST_OF_A_TENANT)
            for account_id in found:
                await self._remove(connection, environment_id, account_id)
        return len(found), len(found)

    async def uninstall(self, environment_id: str, install_id: str) -> Install:
        """Switch an integration off in an environment and delete its accounts; raises NotFound."""
        await self._tell(environment_id, "install_id", [install_id])
        async with self._database.write() as connection:
            await self._installs.read(connection, environment_id, install_id)
            while found := await store.ids_of(
                connection, environment_id, "install_id", [install_id], MOST_OF_A_TENANT
            ):
                for account_id in found:
                    await self._remove(connection, environment_id, account_id)
            return await self._installs.remove(connection, environment_id, install_id)

    async def delete_tenant(self, environment_id: str, tenant_id: str) -> Tenant:
        """Delete a tenant that has no accounts; raises NotFound, Conflict."""
        async with self._database.write() as connection:
            if await store.tenant_has_accounts(connection, environment_id, tenant_id):
                raise Conflict("Can't delete tenant with connected accounts.")
            return await self._tenants.remove(connection, environment_id, tenant_id)

    async def _tell(self, environment_id: str, field: str, values: Sequence[str]) -> None:
        if not self._before:
            return
        async with self._database.read() as connection:
            found = await store.ids_of(connection, environment_id, field, values, MOST_OF_A_TENANT)
        for callback in self._before if found else ():
            await callback([(environment_id, account_id) for account_id in found])

    async def _tell_of_all(self, environment_id: str) -> None:
        until, after = monotonic() + ENVIRONMENT_SECONDS, ""
        while self._before:
            async with self._database.read() as connection:
                found = await store.ids_after(connection, environment_id, after, MOST_AT_ONCE)
            if not found:
                return
            if monotonic() >= until:
                _log.warning("accounts_not_told_of", environment=environment_id, after=after)
                return
            for callback in self._before:
                await callback([(environment_id, account_id) for account_id in found])
            after = found[-1]

    async def _remove(
        self, connection: AsyncConnection, environment_id: str, account_id: str
    ) -> None:
        await store.remove(connection, environment_id, account_id)
        await self._vault.destroy(connection, environment_id, account_id)
        await self._environments.remove_account_tokens(connection, environment_id, account_id)
        await self._announcements.announce_removal(connection, environment_id, account_id)
        self._snapshots.forget_after_commit(environment_id, account_id)

    async def _forget_environment(self, connection: AsyncConnection, environment_id: str) -> None:
        await self._vault.destroy_all(connection, environment_id)
        after_commit(self._snapshots.forget_all)
