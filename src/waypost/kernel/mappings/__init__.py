"""Unified models switched on in an environment, and what it changes about their mappings."""

from waypost.base.merge import merged
from waypost.kernel.mappings.directory import Mappings
from waypost.kernel.mappings.store import (
    MAPPING_FILTERS,
    MODEL_INSTALL_FILTERS,
    MappingOverride,
    ModelInstall,
)

__all__ = [
    "MAPPING_FILTERS",
    "MODEL_INSTALL_FILTERS",
    "MappingOverride",
    "Mappings",
    "ModelInstall",
    "merged",
]
