"""What was read is written as bytes, and read again as the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.catalogue import write_catalogue

import waypost
from waypost.engine.manifest.load import load_catalog
from waypost.engine.manifest.loaded import Catalog, decode_catalog, encode_catalog
from waypost.engine.manifest.places import Places

BUILT_IN = Path(waypost.__file__).parent / "catalog"


def without_places(catalog: Catalog) -> Catalog:
    return Catalog(
        {
            name: replace(
                each, places=Places(name), mapping_places={m: Places(name) for m in each.mappings}
            )
            for name, each in catalog.integrations.items()
        },
        catalog.models,
        {name: Places(name) for name in catalog.models},
    )


def test_the_built_in_catalogue_comes_back_as_it_was() -> None:
    catalog = load_catalog(BUILT_IN)
    found = decode_catalog(encode_catalog(catalog))
    assert found == without_places(catalog)
    assert list(found.integrations) == list(catalog.integrations)


def test_odd_values_come_back_as_they_were(tmp_path: Path) -> None:
    root = write_catalogue(tmp_path)
    letters = root / "integrations/acme/resources/letters.yaml"
    odd = "{n: 1.0, e: 1e+300, i: 123456789012345678, long: '1234567890123456789012', t: '\\u20ac'}"
    text = letters.read_text()
    assert "methods:\n" in text
    first = text.index("      verb:")
    letters.write_text(f"{text[:first]}      query: {odd}\n{text[first:]}")
    catalog = load_catalog(root)
    found = decode_catalog(encode_catalog(catalog))
    assert found == without_places(catalog)
    (query,) = (
        method.query
        for method in found.integrations["acme"].integration.resources["letters"].methods.values()
        if method.query
    )
    assert [type(value) for value in query.values()] == [float, float, int, str, str]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"integrations": {}}',
        b'{"integrations": {}, "models": {"mail": {"$": "UnifiedModel", "name": 1}}}',
        b'{"integrations": {}, "models": {"mail": {"$": "Mapping"}}}',
    ],
)
def test_anything_else_is_no_catalogue(content: bytes) -> None:
    with pytest.raises(ValueError):
        decode_catalog(content)


def test_half_of_it_is_no_catalogue() -> None:
    content = encode_catalog(load_catalog(BUILT_IN))
    for length in range(0, len(content), 9973):
        with pytest.raises(ValueError):
            decode_catalog(content[:length])
