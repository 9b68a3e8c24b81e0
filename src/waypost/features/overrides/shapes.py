"""Installed unified models and mapping overrides as the wire shows them, and their bodies."""

from typing import Any

from pydantic import Field

from waypost.base.clock import iso
from waypost.kernel.manifests import model_id
from waypost.kernel.mappings import MappingOverride, ModelInstall
from waypost.kernel.wire import Body


class NewModelInstall(Body):
    """The body of POST /environment-unified-model; `unified_model_id` may be the model's name."""

    unified_model_id: str
    override: dict[str, Any] | None = None


class ModelInstallChange(Body):
    """The body of PATCH /environment-unified-model/{id}; `override` merges, null deletes a key."""

    ignored = frozenset({"id", "unified_model_id", "environment_id", "created_at", "updated_at"})
    override: dict[str, Any]


class NewOverride(Body):
    """The body of POST /environment-unified-model-resource-method."""

    environment_unified_model_id: str
    resource_name: str
    integration_name: str
    method_name: str
    config: dict[str, Any]


class OverrideChange(Body):
    """The body of PATCH …/{id}: `config` merges, null deletes a key; `version` guards it."""

    ignored = frozenset(
        {
            "id",
            "environment_unified_model_id",
            "environment_id",
            "resource_name",
            "integration_name",
            "method_name",
            "created_at",
            "updated_at",
        }
    )
    config: dict[str, Any]
    version: int | None = Field(default=None, ge=1, le=2**31 - 1)


def model_install(record: ModelInstall) -> dict[str, Any]:
    """Show a unified model switched on."""
    return {
        "id": record.id,
        "unified_model_id": model_id(record.model),
        "environment_id": record.environment_id,
        "override": dict(record.override),
        "unified_model": {"id": model_id(record.model), "name": record.model},
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }


def mapping_override(record: MappingOverride) -> dict[str, Any]:
    """Show a mapping override."""
    return {
        "id": record.id,
        "environment_unified_model_id": record.model_install_id,
        "environment_id": record.environment_id,
        "resource_name": record.resource,
        "integration_name": record.integration,
        "method_name": record.method,
        "config": dict(record.config),
        "version": record.version,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }
