"""What requests about accounts and tenants may say."""

from typing import Any

from pydantic import Field

from waypost.kernel.wire import Body

READ_ONLY = frozenset(
    {
        "id",
        "environment_id",
        "environment_integration_id",
        "environment_integration",
        "integration",
        "last_error",
        "last_action_result",
        "last_action_run_result",
        "last_forbidden_error",
        "is_sandbox",
        "region",
        "object_store_context_fields",
        "created_at",
        "updated_at",
    }
)
"""What clients send back unchanged when they write a whole account: accepted, without effect."""


class NewAccount(Body):
    """The body of POST /integrated-account: credentials that exist already.

    The account is active at once. With `validate` its credentials are checked first, as linking
    does, and the answer tells the status it came to.
    """

    tenant_id: str
    environment_integration_id: str
    context: dict[str, Any]
    authentication_method: str | None = None
    region: str | None = None
    is_sandbox: bool = False
    unified_model_override: dict[str, Any] | None = None
    integration_override: dict[str, Any] | None = None
    check: bool = Field(
        default=False,
        alias="validate",
        description="Check the credentials at the provider before answering.",
    )


class AccountChange(Body):
    """The body of PATCH /integrated-account/{id}; `context` merges at its top level."""

    ignored = READ_ONLY
    tenant_id: str | None = None
    status: str | None = None
    context: dict[str, Any] | None = None
    authentication_method: str | None = None
    unified_model_override: dict[str, Any] | None = None
    integration_override: dict[str, Any] | None = None


class Credentials(Body):
    """The body of PATCH /integrated-account/{id}/credentials: fields of the context, merged."""

    context: dict[str, Any]
    authentication_method: str | None = None
    check: bool = Field(
        default=False,
        alias="validate",
        description="Check the credentials at the provider before answering.",
    )


class OwnChange(Body):
    """The body of PATCH /integrated-account/me."""

    ignored = READ_ONLY | {"tenant_id", "status", "authentication_method"}
    context: dict[str, Any]


class OneAccount(Body):
    """A body that names an account by `id`."""

    id: str


class TokenOrder(Body):
    """The body of POST /integrated-account/token."""

    integrated_account_id: str


class ManyAccounts(Body):
    """The body of POST /integrated-account/bulk-delete: exactly one of the two."""

    ids: list[str] | None = None
    tenant_id: str | None = None


class NewTenant(Body):
    """The body of POST /tenant."""

    id: str
    name: str | None = None
    metadata: Any = None


class ManyTenants(Body):
    """The body of POST /tenant/bulk."""

    tenants: list[dict[str, Any]]


class TenantChange(Body):
    """The body of PATCH /tenant/{id}; `metadata` is replaced whole."""

    ignored = frozenset({"id", "environment_id", "created_at", "updated_at"})
    name: str | None = None
    metadata: Any = None
