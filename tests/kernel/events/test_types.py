"""The list of event types, and the catalogue that maps to it."""

from pathlib import Path

import pytest

import waypost
from waypost.engine.manifest.load import load_catalog
from waypost.kernel.events.types import FROM_PROVIDERS

CATALOG = load_catalog(Path(waypost.__file__).parent / "catalog")


@pytest.mark.parametrize("name", sorted(CATALOG.integrations))
def test_the_catalog_maps_to_types_that_are_listed(name: str) -> None:
    webhooks = CATALOG.integrations[name].integration.webhooks
    mapped = {each for webhook in webhooks for each in webhook.events.values()}
    assert mapped <= FROM_PROVIDERS.keys()
