"""A catalogue as it was read, and the same as bytes that are read again without validating."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.places import Places
from waypost.engine.manifest.unified import MappingFile, UnifiedModel


@dataclass(frozen=True, slots=True)
class LoadedIntegration:
    """An integration and the mappings it offers, with the place of everything in them."""

    integration: Integration
    mappings: dict[str, MappingFile]
    files: tuple[str, ...]
    notes: str
    folder: Path
    places: Places
    mapping_places: dict[str, Places]


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A unified model with the place of everything in it."""

    model: UnifiedModel
    places: Places
    folder: Path


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every integration and unified model that was found, by name, in alphabetical order."""

    integrations: dict[str, LoadedIntegration] = field(default_factory=dict)
    models: dict[str, UnifiedModel] = field(default_factory=dict)
    model_places: dict[str, Places] = field(default_factory=dict)


class _Integration(msgspec.Struct, gc=False):
    integration: Integration
    mappings: dict[str, MappingFile]
    files: tuple[str, ...]
    notes: str
    folder: str


class _Catalog(msgspec.Struct, gc=False):
    integrations: dict[str, _Integration]
    models: dict[str, UnifiedModel]


def encode_catalog(catalog: Catalog) -> bytes:
    """Return a catalogue as bytes, without the place of anything."""
    integrations = {
        name: _Integration(
            each.integration, each.mappings, each.files, each.notes, str(each.folder)
        )
        for name, each in catalog.integrations.items()
    }
    return msgspec.json.encode(_Catalog(integrations, catalog.models))


def decode_catalog(content: bytes) -> Catalog:
    """Return the catalogue that was encoded; raises ValueError for anything else.

    Types are looked at and nothing more: what is decoded was validated when it was encoded, by the
    same code.
    """
    found = msgspec.json.decode(content, type=_Catalog)
    return Catalog(
        {name: _loaded(name, each) for name, each in found.integrations.items()},
        found.models,
        {name: Places(name) for name in found.models},
    )


def _loaded(name: str, kept: _Integration) -> LoadedIntegration:
    return LoadedIntegration(
        kept.integration,
        kept.mappings,
        kept.files,
        kept.notes,
        Path(kept.folder),
        Places(name),
        {model: Places(name) for model in kept.mappings},
    )
