"""An account as it is kept, as a call needs it, and as the wire shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from waypost.base.clock import iso
from waypost.base.secret import Secret
from waypost.engine.manifest.integration import Integration
from waypost.kernel.accounts.states import Status
from waypost.kernel.installs import Install, wire_install
from waypost.kernel.manifests import integration_id


@dataclass(frozen=True, slots=True)
class Account:
    """A linked account; no secret is in it. `context` is what may be shown."""

    id: str
    environment_id: str
    install_id: str
    integration: str
    tenant_id: str
    status: Status
    authentication_method: str
    context: Mapping[str, Any]
    credential_version: int
    credentials_expire_at: float | None
    last_error: Mapping[str, Any] | None
    last_forbidden_error: Mapping[str, Any] | None
    last_action_run_result: Any
    is_sandbox: bool
    region: str | None
    unified_model_override: Mapping[str, Any]
    integration_override: Mapping[str, Any]
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class AccountForCall:
    """What one call needs of an account, read together; at most a few seconds old.

    `credentials` are the opened secrets and the shown credential fields by name; `context` is the
    shown context with the install's `environment_variables`. `derived` is for those above: what they
    made of this reading lives as long as it does.
    """

    account: Account
    install: Install
    context: Mapping[str, Any]
    credentials: Mapping[str, Secret] = field(repr=False)
    derived: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Return the account's id."""
        return self.account.id

    @property
    def environment_id(self) -> str:
        """Return the environment's id."""
        return self.account.environment_id

    @property
    def tenant_id(self) -> str:
        """Return whose account it is."""
        return self.account.tenant_id

    @property
    def integration(self) -> str:
        """Return the integration's name."""
        return self.account.integration

    @property
    def status(self) -> Status:
        """Return the status."""
        return self.account.status

    @property
    def version(self) -> int:
        """Return which edition of the credentials this is."""
        return self.account.credential_version

    @property
    def expires_at(self) -> float | None:
        """Return when the access token ends, in Unix seconds, where it does."""
        return self.account.credentials_expire_at

    @property
    def is_ailing(self) -> bool:
        """Say whether a success would change anything; `mark_succeeded` is free otherwise."""
        return (
            self.account.status == "needs_reauth" or self.account.last_forbidden_error is not None
        )


def wire_account(
    account: Account, install: Install, integration: Integration | None
) -> dict[str, Any]:
    """Return an account as the wire shows it, without secrets.

    `integration` is None where the catalog no longer has it.
    """
    return {
        "id": account.id,
        "tenant_id": account.tenant_id,
        "environment_id": account.environment_id,
        "environment_integration_id": account.install_id,
        "status": account.status,
        "last_error": account.last_error,
        "last_action_run_result": account.last_action_run_result,
        "last_forbidden_error": account.last_forbidden_error,
        "is_sandbox": account.is_sandbox,
        "authentication_method": account.authentication_method,
        "region": account.region,
        "context": dict(account.context),
        "object_store_context_fields": [],
        "unified_model_override": dict(account.unified_model_override),
        "integration_override": dict(account.integration_override),
        "integration": _wire_integration(account.integration, integration),
        "environment_integration": wire_install(install),
        "created_at": iso(account.created_at),
        "updated_at": iso(account.updated_at),
    }


def _wire_integration(name: str, integration: Integration | None) -> dict[str, Any]:
    return {
        "id": integration_id(name),
        "name": name,
        "category": integration.category if integration else None,
        "is_beta": False,
        "sharing": "allow",
        "config": {"label": integration.label if integration else name},
    }
