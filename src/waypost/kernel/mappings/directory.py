"""Unified models and mapping overrides of environments."""

from collections.abc import Callable, Mapping
from typing import Any

from waypost.base.clock import Clock, monotonic
from waypost.base.database import Database, after_commit
from waypost.base.errors import Conflict
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.base.merge import merge_patch
from waypost.base.readings import Readings
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.manifests import Manifests
from waypost.kernel.mappings import store
from waypost.kernel.mappings.store import MappingOverride, ModelInstall

FRESH_SECONDS = 2.0
MOST_KEPT = 1000

_Configs = Mapping[store.Cell, dict[str, Any]]


class Mappings:
    """Keep which unified models are on where, and the overrides of their mappings."""

    def __init__(
        self,
        database: Database,
        *,
        manifests: Manifests,
        tasks: BackgroundTasks,
        clock: Clock,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._manifests = manifests
        self._clock = clock
        self._configs: Readings[str, _Configs] = Readings(
            self._read, tasks, seconds=FRESH_SECONDS, most=MOST_KEPT, monotonic=monotonic
        )

    async def install(
        self, environment_id: str, model: str, *, override: Mapping[str, Any] | None = None
    ) -> ModelInstall:
        """Switch a unified model (by name or id) on; one that is on is returned unchanged.

        Raises NotFound for an unknown model.
        """
        return (await self.switch_on(environment_id, model, override=override))[0]

    async def switch_on(
        self, environment_id: str, model: str, *, override: Mapping[str, Any] | None = None
    ) -> tuple[ModelInstall, bool]:
        """Return the install and whether it is new: of racing callers, one hears that."""
        name = self._manifests.model(model).name
        now = self._clock.now()
        record = ModelInstall(new_id(), environment_id, name, dict(override or {}), now, now)
        async with self._database.write() as connection:
            if await store.add_model(connection, record):
                return record, True
            return await store.get_model(connection, environment_id, "model", name), False

    async def get_model(self, environment_id: str, install_id: str) -> ModelInstall:
        """Return an installed model; raises NotFound."""
        async with self._database.read() as connection:
            return await store.get_model(connection, environment_id, "id", install_id)

    async def list_models(
        self, environment_id: str, listing: Listing | None = None
    ) -> Page[ModelInstall]:
        """Return a page of installed models; conditions may name MODEL_INSTALL_FILTERS."""
        async with self._database.read() as connection:
            return await store.list_models(connection, environment_id, listing or Listing())

    async def update_model(
        self, environment_id: str, install_id: str, override: Mapping[str, Any]
    ) -> ModelInstall:
        """Merge an override into an installed model's own; null deletes. Raises NotFound."""
        async with self._database.write() as connection:
            record = await store.get_model(connection, environment_id, "id", install_id)
            values = {
                "override": merge_patch(record.override, override),
                "updated_at": self._clock.now(),
            }
            await store.change_model(connection, environment_id, install_id, values)
            return await store.get_model(connection, environment_id, "id", install_id)

    async def uninstall(self, environment_id: str, install_id: str) -> None:
        """Switch a unified model off, with its mapping overrides; raises NotFound."""
        async with self._database.write() as connection:
            await store.get_model(connection, environment_id, "id", install_id)
            await store.remove_model(connection, environment_id, install_id)
            self._forget_after_commit(environment_id)

    async def create(
        self,
        environment_id: str,
        model_install_id: str,
        *,
        integration: str,
        resource: str,
        method: str,
        config: Mapping[str, Any],
    ) -> MappingOverride:
        """Override one mapping; raises NotFound for the model, Conflict when it has an override."""
        now = self._clock.now()
        async with self._database.write() as connection:
            model = await store.get_model(connection, environment_id, "id", model_install_id)
            record = MappingOverride(
                new_id(),
                environment_id,
                model.id,
                model.model,
                self._manifests.integration(integration).name,
                resource,
                method,
                dict(config),
                1,
                now,
                now,
            )
            if not await store.add(connection, record):
                raise Conflict("This mapping has an override already: change that one.")
            self._forget_after_commit(environment_id)
        return record

    async def get(self, environment_id: str, override_id: str) -> MappingOverride:
        """Return a mapping override; raises NotFound."""
        async with self._database.read() as connection:
            return await store.get(connection, environment_id, override_id)

    async def list(
        self, environment_id: str, listing: Listing | None = None
    ) -> Page[MappingOverride]:
        """Return a page of mapping overrides; conditions may name MAPPING_FILTERS."""
        async with self._database.read() as connection:
            return await store.list_overrides(connection, environment_id, listing or Listing())

    async def update(
        self,
        environment_id: str,
        override_id: str,
        config: Mapping[str, Any],
        *,
        version: int | None = None,
    ) -> MappingOverride:
        """Merge a config into an override's own; null deletes.

        Raises NotFound; Conflict when it is no longer at `version` (where that is given).
        """
        async with self._database.write() as connection:
            record = await store.get(connection, environment_id, override_id)
            expected = record.version if version is None else version
            values = {
                "config": merge_patch(record.config, config),
                "updated_at": self._clock.now(),
            }
            if not await store.change(
                connection, environment_id, override_id, values, version=expected
            ):
                raise Conflict(f"It is not at version {expected} any more: read it again.")
            self._forget_after_commit(environment_id)
            return await store.get(connection, environment_id, override_id)

    async def remove(self, environment_id: str, override_id: str) -> None:
        """Delete a mapping override; raises NotFound."""
        async with self._database.write() as connection:
            await store.get(connection, environment_id, override_id)
            await store.remove(connection, environment_id, override_id)
            self._forget_after_commit(environment_id)

    async def override(
        self, environment_id: str, *, model: str, resource: str, integration: str, method: str
    ) -> dict[str, Any] | None:
        """Return what an environment changes about one mapping, or None.

        From memory within FRESH_SECONDS; a change made by this process shows at once.
        """
        configs = await self._configs.get(environment_id)
        return configs.get((integration, model, resource, method))

    async def _read(self, environment_id: str) -> _Configs:
        async with self._database.read() as connection:
            return await store.configs(connection, environment_id)

    def _forget_after_commit(self, environment_id: str) -> None:
        after_commit(lambda: self._configs.forget(environment_id))
