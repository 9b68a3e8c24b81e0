"""Keep what tenants say of pushing."""

from collections.abc import Mapping

from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import InvalidRequest
from waypost.kernel.suppressions.model import PUSHES
from waypost.kernel.suppressions.policy import store


class Policy:
    """What is pushed to whose accounts."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def say(
        self, environment_id: str, tenant_id: str, account_id: str | None, push: str | None, by: str
    ) -> None:
        """Set what is pushed for a tenant, or for one account; None has it be as its tenant says.

        Raises InvalidRequest.
        """
        if push is None and account_id is None:
            raise InvalidRequest(f"push must be one of {', '.join(PUSHES)}")
        if push is not None and push not in PUSHES:
            raise InvalidRequest(f"push must be one of {', '.join(PUSHES)}, or null")
        place = {"tenant_id": tenant_id, "account_id": account_id or ""}
        async with self._database.write() as connection:
            if push is None:
                await store.drop(connection, environment_id, tenant_id, account_id or "")
                return
            values = {**place, "push": push, "set_by": by, "updated_at": self._clock.now()}
            await store.put(connection, environment_id, values)

    async def said(
        self, environment_id: str, tenant_id: str, *, connection: AsyncConnection | None = None
    ) -> "Said":
        """Return what is pushed for a tenant's accounts."""
        if connection is not None:
            return Said(await store.said(connection, environment_id, tenant_id))
        async with self._database.read() as fresh:
            return Said(await store.said(fresh, environment_id, tenant_id))

    async def accounts(
        self, environment_id: str, tenant_id: str, *, connection: AsyncConnection | None = None
    ) -> list[tuple[str, str]]:
        """Return (account, integration) of a tenant's accounts."""
        if connection is not None:
            return await store.accounts_of(connection, environment_id, tenant_id)
        async with self._database.read() as fresh:
            return await store.accounts_of(fresh, environment_id, tenant_id)


class Said:
    """What one tenant says of pushing."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self._said = said

    @property
    def tenant(self) -> str:
        """Return what holds for accounts of which nothing else was said."""
        return self._said.get("", "off")

    def of(self, account_id: str) -> str:
        """Return what holds for an account."""
        return self._said.get(account_id, self.tenant)

    def is_own(self, account_id: str) -> bool:
        """Say whether the account has a word of its own."""
        return account_id in self._said

    @property
    def are_off(self) -> bool:
        """Say whether nothing at all is pushed."""
        return all(each == "off" for each in self._said.values())
