"""Installs: switch an integration on, change it, switch it off."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from waypost.base.clock import Clock, iso
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database, after_commit
from waypost.base.errors import InvalidRequest
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.base.secret import Secret
from waypost.kernel.events import Events
from waypost.kernel.installs import store
from waypost.kernel.installs.override import split_override
from waypost.kernel.installs.store import Install
from waypost.kernel.manifests import Manifests, integration_id
from waypost.kernel.vault import Vault

Watcher = Callable[[str, str], None]
"""Told the environment and install whenever this process changed or removed one."""


class Installs:
    """Keep which integrations are on where; one install per integration and environment."""

    def __init__(
        self,
        database: Database,
        *,
        manifests: Manifests,
        vault: Vault,
        events: Events,
        clock: Clock,
    ) -> None:
        self._database = database
        self._manifests = manifests
        self._vault = vault
        self._events = events
        self._clock = clock
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> None:
        """Have `watcher` told of changes made by this process, after their commit."""
        self._watchers.append(watcher)

    async def create(
        self,
        environment_id: str,
        integration: str,
        *,
        is_enabled: bool = True,
        show_in_catalog: bool = True,
        override: Mapping[str, Any] | None = None,
    ) -> Install:
        """Switch an integration (by name or id) on; an install that exists is returned unchanged.

        Raises NotFound for an unknown integration, InvalidRequest for its override.
        """
        record, _ = await self.switch_on(
            environment_id,
            integration,
            is_enabled=is_enabled,
            show_in_catalog=show_in_catalog,
            override=override,
        )
        return record

    async def switch_on(
        self,
        environment_id: str,
        integration: str,
        *,
        is_enabled: bool = True,
        show_in_catalog: bool = True,
        override: Mapping[str, Any] | None = None,
    ) -> tuple[Install, bool]:
        """Return the install and whether it is new: of racing callers, one hears that. See `create`."""
        name = self._manifests.integration(integration).name
        now = self._clock.now()
        shown, secrets = split_override(override or {})
        record = Install(
            new_id(), environment_id, name, is_enabled, show_in_catalog, shown, now, now
        )
        async with self._database.write() as connection:
            if not await store.add(connection, environment_id, record):
                return await store.get_of(connection, environment_id, name), False
            if secrets:
                sealed = await self._sealed(connection, record, secrets)
                await store.change(connection, environment_id, record.id, {"sealed": sealed})
            await self._tell(connection, record, "created")
        return record, True

    async def get(self, environment_id: str, install_id: str) -> Install:
        """Return an install; raises NotFound."""
        async with self._database.read() as connection:
            return await store.get(connection, environment_id, install_id)

    async def read(
        self, connection: AsyncConnection, environment_id: str, install_id: str
    ) -> Install:
        """Return an install as the caller's transaction sees it; raises NotFound."""
        return await store.get(connection, environment_id, install_id)

    async def find(self, environment_id: str, integration: str) -> Install | None:
        """Return the install of an integration (by name), or None."""
        async with self._database.read() as connection:
            return await store.find(connection, environment_id, "integration", integration)

    async def list(self, environment_id: str, listing: Listing | None = None) -> Page[Install]:
        """Return a page of installs."""
        async with self._database.read() as connection:
            return await store.list_installs(connection, environment_id, listing or Listing())

    async def secrets(self, environment_id: str, install_id: str) -> dict[str, Secret]:
        """Open the override's secrets, by their path (`credentials/oauth2/client/secret`)."""
        async with self._database.read() as connection:
            sealed = await store.sealed_of(connection, environment_id, install_id)
        raw = {path: base64.b64decode(text) for path, text in sealed.items()}
        return await self._vault.open_all(environment_id, install_id, raw)

    async def update(
        self, environment_id: str, install_id: str, changes: Mapping[str, Any]
    ) -> Install:
        """Change `is_enabled`, `show_in_catalog` or `override` (replaced whole, secrets too).

        Raises NotFound, InvalidRequest.
        """
        names = ("is_enabled", "show_in_catalog")
        values: dict[str, Any] = {name: changes[name] for name in names if name in changes}
        if not all(isinstance(value, bool) for value in values.values()):
            raise InvalidRequest("is_enabled and show_in_catalog must be true or false")
        async with self._database.write() as connection:
            record = await store.get(connection, environment_id, install_id)
            if "override" in changes:
                shown, secrets = split_override(changes["override"] or {})
                values["override"] = shown
                values["sealed"] = await self._sealed(connection, record, secrets)
            values["updated_at"] = self._clock.now()
            await store.change(connection, environment_id, install_id, values)
            record = await store.get(connection, environment_id, install_id)
            await self._tell(connection, record, "updated")
        return record

    async def remove(
        self, connection: AsyncConnection, environment_id: str, install_id: str
    ) -> Install:
        """Delete an install in the caller's transaction, who has removed its accounts."""
        record = await store.get(connection, environment_id, install_id)
        await store.remove(connection, environment_id, install_id)
        await self._vault.destroy(connection, environment_id, install_id)
        await self._tell(connection, record, "deleted")
        return record

    async def _sealed(
        self, connection: AsyncConnection, record: Install, secrets: Mapping[str, Secret]
    ) -> dict[str, str]:
        sealed = await self._vault.seal(connection, record.environment_id, record.id, secrets)
        return {path: base64.b64encode(raw).decode() for path, raw in sealed.items()}

    async def _tell(self, connection: AsyncConnection, record: Install, happening: str) -> None:
        await self._events.append(
            connection,
            record.environment_id,
            f"environment_integration:{happening}",
            wire_install(record) if happening != "deleted" else {"id": record.id},
        )

        def tell_watchers() -> None:
            for watcher in self._watchers:
                watcher(record.environment_id, record.id)

        after_commit(tell_watchers)


def wire_install(record: Install) -> dict[str, Any]:
    """Return an install as the wire shows it, without secrets."""
    return {
        "id": record.id,
        "integration_id": integration_id(record.integration),
        "environment_id": record.environment_id,
        "show_in_catalog": record.show_in_catalog,
        "is_enabled": record.is_enabled,
        "is_active": record.is_enabled,
        "override": dict(record.override),
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }
