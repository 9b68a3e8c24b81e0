"""The templates that come with us: the directory of an account, and whom it must not write to."""

from collections.abc import Mapping
from typing import Any

from waypost.features.syncs.definitions.nodes import HELD, HERE
from waypost.features.syncs.definitions.store import TEMPLATE, SyncJob
from waypost.kernel.wire.seeded import fixed_id

_ACCOUNT = "{{args.integrated_account_id}}"
_ARGS: dict[str, Any] = {
    "integrated_account_id": {
        "type": "string",
        "format": "integrated_account_id",
        "description": "The account to read; the run's own.",
    },
    "webhook_id": {
        "type": "string",
        "format": "webhook_id",
        "description": "The endpoint that gets the batches; without it every one that listens.",
    },
}


def _list(name: str, resource: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "request",
        "resource": resource,
        "method": "list",
        "integrated_account_id": _ACCOUNT,
        "delete_tracking": "soft",
    }


def _destinations(*names: str) -> list[dict[str, Any]]:
    return [
        {
            "name": "records",
            "type": "destination",
            "destination_type": "datastore",
            "config": {"id": HERE},
            "resources_to_persist": list(names),
        },
        {
            "name": "webhook",
            "type": "destination",
            "destination_type": "webhook",
            "config": {"id": "{{args.webhook_id:undefined}}"},
            "resources_to_persist": list(names),
            "only_changes": True,
        },
    ]


def _template(name: str, label: str, description: str, resources: list[Any]) -> SyncJob:
    return SyncJob(
        id=fixed_id("sync-job-template", name),
        environment_id="",
        kind=TEMPLATE,
        label=label,
        description=description,
        sharing="allow",
        integration_name=None,
        default_runtime_version=4,
        args_schema=_ARGS,
        args_validation=None,
        mutex_key=_ACCOUNT,
        state_key=_ACCOUNT,
        resources=resources,
        created_at=0.0,
        updated_at=0.0,
    )


DIRECTORY = _template(
    "directory",
    "Directory sync",
    "People and roles of an account: what is new, what changed, who is there no more.",
    [
        _list("users", "user-directory/users"),
        _list("roles", "user-directory/roles"),
        *_destinations("users", "roles"),
    ],
)
SUPPRESSIONS = _template(
    "suppressions",
    "Suppression sync",
    "Whom an account's tenant must not write to, by every account of it, with the provider's lists "
    "read anew: who is held back now, and who no longer.",
    [_list("suppressed", HELD), *_destinations("suppressed")],
)
TEMPLATES: Mapping[str, SyncJob] = {each.id: each for each in (DIRECTORY, SUPPRESSIONS)}


def template(template_id: str, environment_id: str) -> SyncJob:
    """Return one of ours, as an environment sees it."""
    found = TEMPLATES[template_id]
    shown = {name: getattr(found, name) for name in SyncJob.__slots__}
    return SyncJob(**{**shown, "environment_id": environment_id})


__all__ = ["DIRECTORY", "SUPPRESSIONS", "TEMPLATES", "template"]
