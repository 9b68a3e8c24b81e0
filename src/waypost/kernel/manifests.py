"""Which integrations and unified models are loaded here, by name and by the id the wire shows."""

import uuid
from collections.abc import Iterable

from waypost.base.errors import NotFound
from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.loaded import Catalog, LoadedIntegration
from waypost.engine.manifest.problem import nearest
from waypost.engine.manifest.unified import MappingFile, UnifiedModel

_NAMESPACE = uuid.UUID("6b6f2f0e-5d0a-5c0e-9d0e-77617970f057")


def integration_id(name: str) -> str:
    """Return an integration's id on the wire: the same everywhere and forever."""
    return str(uuid.uuid5(_NAMESPACE, f"integration/{name}"))


def model_id(name: str) -> str:
    """Return a unified model's id on the wire: the same everywhere and forever."""
    return str(uuid.uuid5(_NAMESPACE, f"unified-model/{name}"))


class Manifests:
    """Hold the catalog this process serves; `replace` swaps it whole."""

    def __init__(self, catalog: Catalog) -> None:
        self.replace(catalog)

    def replace(self, catalog: Catalog) -> None:
        """Serve another catalog from now on."""
        self._catalog = catalog
        self._integrations = {integration_id(name): name for name in catalog.integrations}
        self._models = {model_id(name): name for name in catalog.models}

    @property
    def catalog(self) -> Catalog:
        """Return everything that is loaded."""
        return self._catalog

    def event_types(self) -> frozenset[str]:
        """Return every type of event that a loaded integration's webhooks map to."""
        return frozenset(
            event_type
            for each in self._catalog.integrations.values()
            for webhook in each.integration.webhooks
            for event_type in webhook.events.values()
        )

    def loaded(self, name_or_id: str) -> LoadedIntegration:
        """Return an integration with its mappings; raises NotFound."""
        name = self._integrations.get(name_or_id, name_or_id)
        found = self._catalog.integrations.get(name)
        if found is None:
            raise _absent("integration", name_or_id, self._catalog.integrations)
        return found

    def integration(self, name_or_id: str) -> Integration:
        """Return an integration's manifest; raises NotFound."""
        return self.loaded(name_or_id).integration

    def model(self, name_or_id: str) -> UnifiedModel:
        """Return a unified model; raises NotFound."""
        name = self._models.get(name_or_id, name_or_id)
        found = self._catalog.models.get(name)
        if found is None:
            raise _absent("unified model", name_or_id, self._catalog.models)
        return found

    def mapping(self, integration: str, model: str) -> MappingFile | None:
        """Return the mappings an integration offers for a unified model, or None."""
        return self.loaded(integration).mappings.get(model)


def _absent(what: str, asked: str, known: Iterable[str]) -> NotFound:
    tail = nearest(asked, sorted(known), called="there are")
    return NotFound(f"There is no {what} {asked!r} here{tail}{'' if tail.endswith('?') else '.'}")
