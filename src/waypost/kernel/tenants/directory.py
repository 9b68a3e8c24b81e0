"""Tenants: made by hand, in bulk, or by the first account that names them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import Conflict, InvalidRequest
from waypost.base.listing import Listing, Page
from waypost.kernel.tenants import store
from waypost.kernel.tenants.store import Tenant

MOST_IN_BULK = 1000
_ID = re.compile(r"[A-Za-z0-9._:@+\-]{1,256}")


class Tenants:
    """Keep the tenants of environments; an id is unique within its environment and never changes."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self, environment_id: str, tenant_id: str, *, name: str | None = None, metadata: Any = None
    ) -> Tenant:
        """Create a tenant; raises InvalidRequest for its id, Conflict when it exists."""
        record = self._record(environment_id, tenant_id, name, metadata)
        async with self._database.write() as connection:
            if not await store.add(connection, record):
                raise Conflict(f"The tenant {tenant_id} already exists.")
        return record

    async def create_many(
        self, environment_id: str, wanted: Sequence[Mapping[str, Any]]
    ) -> tuple[list[Tenant], list[str]]:
        """Create tenants of `{id, name?, metadata?}`; return the new ones and the ids skipped.

        Raises InvalidRequest for any wrong id, and then none is created.
        """
        if len(wanted) > MOST_IN_BULK:
            raise InvalidRequest(f"at most {MOST_IN_BULK} tenants at once")
        records = [
            self._record(
                environment_id, str(each.get("id")), each.get("name"), each.get("metadata")
            )
            for each in wanted
        ]
        created, skipped = [], []
        async with self._database.write() as connection:
            for record in records:
                if await store.add(connection, record):
                    created.append(record)
                else:
                    skipped.append(record.id)
        return created, skipped

    async def ensure(
        self, connection: AsyncConnection, environment_id: str, tenant_id: str
    ) -> None:
        """Create the tenant an account names, in its transaction, where the id can be one."""
        if _ID.fullmatch(tenant_id):
            await store.add(connection, self._record(environment_id, tenant_id, None, None))

    async def get(self, environment_id: str, tenant_id: str) -> Tenant:
        """Return a tenant; raises NotFound."""
        async with self._database.read() as connection:
            return await store.get(connection, environment_id, tenant_id)

    async def list(self, environment_id: str, listing: Listing | None = None) -> Page[Tenant]:
        """Return a page of tenants."""
        async with self._database.read() as connection:
            return await store.list_tenants(connection, environment_id, listing or Listing())

    async def update(
        self, environment_id: str, tenant_id: str, changes: Mapping[str, Any]
    ) -> Tenant:
        """Change `name` or `metadata` (replaced whole); raises NotFound, InvalidRequest."""
        values = {name: changes[name] for name in ("name", "metadata") if name in changes}
        if not isinstance(values.get("name", ""), str):
            raise InvalidRequest("name must be a text")
        async with self._database.write() as connection:
            await store.get(connection, environment_id, tenant_id)
            values["updated_at"] = self._clock.now()
            await store.change(connection, environment_id, tenant_id, values)
            return await store.get(connection, environment_id, tenant_id)

    async def remove(
        self, connection: AsyncConnection, environment_id: str, tenant_id: str
    ) -> Tenant:
        """Delete a tenant in the caller's transaction, who knows that no account needs it."""
        record = await store.get(connection, environment_id, tenant_id)
        await store.remove(connection, environment_id, tenant_id)
        return record

    def _record(
        self, environment_id: str, tenant_id: str, name: str | None, metadata: Any
    ) -> Tenant:
        if not _ID.fullmatch(tenant_id):
            raise InvalidRequest("a tenant's id has 1 to 256 of A-Z a-z 0-9 . _ : @ + -")
        now = self._clock.now()
        return Tenant(environment_id, tenant_id, name or tenant_id, metadata, now, now)
