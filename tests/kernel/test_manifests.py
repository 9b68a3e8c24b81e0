"""The loaded catalog by name and by the ids of the wire."""

import pytest
from tests.support.kernel_world import small_catalog

from waypost.base.errors import NotFound
from waypost.engine.manifest.loaded import Catalog
from waypost.kernel.manifests import Manifests, integration_id, model_id


def test_an_id_is_the_same_forever() -> None:
    assert integration_id("acme") == "73a363eb-84b6-529f-8700-e5b4aecb5127"
    assert model_id("acme") != integration_id("acme")


def test_integrations_are_found_by_name_and_id() -> None:
    manifests = Manifests(small_catalog())
    assert manifests.integration("acme").name == "acme"
    assert manifests.loaded(integration_id("acme")).integration.name == "acme"
    assert manifests.mapping("acme", "email") is None
    for absent in ("", "nonesuch", integration_id("nonesuch")):
        with pytest.raises(NotFound):
            manifests.integration(absent)
        with pytest.raises(NotFound):
            manifests.model(absent)


def test_a_slip_is_answered_with_the_nearest_name() -> None:
    manifests = Manifests(small_catalog())
    with pytest.raises(NotFound, match=r"no integration 'acmee' here; did you mean 'acme'\?$"):
        manifests.integration("acmee")
    with pytest.raises(NotFound, match=r"no integration 'x' here; there are: acme.*\.$"):
        manifests.integration("x")


def test_a_catalog_is_replaced_whole() -> None:
    manifests = Manifests(small_catalog())
    manifests.replace(Catalog())
    with pytest.raises(NotFound):
        manifests.integration(integration_id("acme"))
