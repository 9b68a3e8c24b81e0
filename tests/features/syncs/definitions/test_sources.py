"""What a request names must be there: the nearest name is told."""

from pathlib import Path

import pytest

import waypost
from waypost.engine.manifest.load import load_catalog
from waypost.engine.manifest.loaded import Catalog
from waypost.features.syncs.definitions.sources import check_resource


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(Path(waypost.__file__).parent / "catalog")


@pytest.mark.parametrize(
    ("integration", "resource", "method", "said"),
    [
        (None, "user-directory/users", "list", None),
        (None, "user-directory/usres", "list", "did you mean 'users'?"),
        (None, "user-directroy/users", "list", "did you mean 'user-directory'?"),
        (None, "whatever", "list", None),
        ("mailersend", "user-directory/users", "get", None),
        ("mailersend", "user-directory/licenses", "list", "cannot list"),
        ("mailersend", "domains", "list", None),
        ("mailersend", "domain", "list", "did you mean 'domains'?"),
    ],
)
def test_a_resource(
    catalog: Catalog, integration: str | None, resource: str, method: str, said: str | None
) -> None:
    loaded = catalog.integrations[integration] if integration else None
    fault = check_resource(catalog, loaded, resource, method)
    assert fault is None if said is None else said in (fault or "")
