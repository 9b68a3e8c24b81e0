"""What is new in a batch, what changed, and how much of it one event tells."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from waypost.base.errors import ProviderGarbled
from waypost.engine.json_text import encode_json

MOST_TOLD = 100
MOST_BYTES = 256_000
_BESIDE = "remote_data"


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a record."""

    digest: str
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """The records of a batch by their ids, each once, with the last word on it."""

    records: Mapping[str, Mapping[str, Any]]
    digests: Mapping[str, str]
    created: tuple[str, ...]
    updated: tuple[str, ...]

    @property
    def changed(self) -> frozenset[str]:
        """Return the ids of what is new or changed."""
        return frozenset((*self.created, *self.updated))


def by_id(records: Sequence[Any]) -> dict[str, Mapping[str, Any]]:
    """Return records by their ids; raises ProviderGarbled for one without."""
    found: dict[str, Mapping[str, Any]] = {}
    for record in records:
        identity = record.get("id") if isinstance(record, Mapping) else None
        if identity is None or isinstance(identity, dict | list):
            raise ProviderGarbled("A record without an id cannot be kept.", status=200)
        found[str(identity)] = record
    return found


def compare(records: Mapping[str, Mapping[str, Any]], known: Mapping[str, Known]) -> Changes:
    """Return what is new and what changed; a record that comes back is new."""
    digests = {identity: digest(record) for identity, record in records.items()}
    created, updated = [], []
    for identity, found in digests.items():
        before = known.get(identity)
        if before is None or before.is_deleted:
            created.append(identity)
        elif before.digest != found:
            updated.append(identity)
    return Changes(records, digests, tuple(created), tuple(updated))


def digest(record: Mapping[str, Any]) -> str:
    """Return what tells a record from what it was; the provider's own record beside it is no part."""
    own = {name: value for name, value in record.items() if name != _BESIDE}
    return hashlib.sha256(encode_json(_sorted(own))).hexdigest()


def batches(records: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield records in portions that one event may hold; a large one stands alone."""
    portion: list[Any] = []
    size = 0
    for record in records:
        length = len(encode_json(record))
        if portion and (len(portion) == MOST_TOLD or size + length > MOST_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(record)
        size += length
    if portion:
        yield portion


def _sorted(value: Any) -> Any:
    """Return a value with the keys of its objects in order: providers shuffle them."""
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


__all__ = ["Changes", "Known", "batches", "by_id", "compare", "digest"]
