"""JSON Merge Patch (RFC 7396): how overrides lie over one another."""

from collections.abc import Mapping
from typing import Any


def merge_patch(target: Any, patch: Any) -> Any:
    """Return `target` with `patch` laid over it; neither is changed.

    Objects merge key by key, a null deletes its key, anything else replaces whole.
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def merged(*layers: Mapping[str, Any] | None) -> dict[str, Any]:
    """Lay objects over one another, later ones winning; an absent layer changes nothing."""
    result: dict[str, Any] = {}
    for layer in layers:
        if layer:
            result = merge_patch(result, layer)
    return result
