"""What linking speaks of: the order for a link, the stored token, and what the page was asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

LINK_TOKEN_SECONDS = 7 * 24 * 3600
AUTH_FORMATS = ("api_key", "oauth2", "oauth2_client_credentials")

ErrorType = Literal[
    "invalid_token",
    "invalid_integration",
    "connection_error",
    "post_install_error",
    "validation_error",
    "rapid_form_error",
]
"""The words the published link SDK knows."""

Who = Literal["you", "provider", "app", "operator"]
"""Who must act: the person on the page, the provider, the app's makers, or whoever runs us."""


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """What `POST /link-token` asked for; exactly one of `tenant_id` and `account_id` is set."""

    tenant_id: str | None = None
    account_id: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    redirect_uri: str | None = None
    scopes: tuple[str, ...] = ()
    unified_models: tuple[str, ...] = ()
    persist_previous_context: bool = False
    region: str | None = None

    def __repr__(self) -> str:  # the context may hold credentials
        return f"LinkOrder(tenant_id={self.tenant_id!r}, account_id={self.account_id!r})"


@dataclass(frozen=True, slots=True)
class LinkToken:
    """A stored link token that is neither used nor expired, with its opened order.

    `account_id` is the account to link again, or the one an earlier failed attempt created.
    """

    id: str
    environment_id: str
    order: LinkOrder
    account_id: str | None
    expires_at: float

    @property
    def reconnects(self) -> bool:
        """Tell whether an existing account is being linked again."""
        return self.order.account_id is not None


@dataclass(frozen=True, slots=True)
class PageOptions:
    """How the link SDK asked the page to behave, from the page's query."""

    integration: str | None = None
    integrations: tuple[str, ...] = ()
    auth_format: str | None = None
    no_back: bool = False
    skip_rapid_form: bool = False
    iframe: bool = False

    def parameters(self) -> dict[str, str]:
        """Return the query that asks for the same again."""
        pairs = {
            "integration": self.integration or "",
            "integrations": ",".join(self.integrations),
            "auth_format": self.auth_format or "",
            "no_back": "true" if self.no_back else "",
            "skip_rapid_form": "true" if self.skip_rapid_form else "",
            "iframe": "true" if self.iframe else "",
        }
        return {name: value for name, value in pairs.items() if value}


def page_options(query: Mapping[str, str]) -> PageOptions:
    """Read the page's query leniently: an unknown value means the default."""
    listed = (part.strip() for part in query.get("integrations", "").split(","))
    return PageOptions(
        integration=query.get("integration") or None,
        integrations=tuple(part for part in listed if part),
        auth_format=query.get("auth_format") or None,
        no_back=is_true(query.get("no_back")),
        skip_rapid_form=is_true(query.get("skip_rapid_form")),
        iframe=is_true(query.get("iframe")),
    )


def is_true(value: str | None) -> bool:
    """Tell whether a query value means yes."""
    return value is not None and value.strip().lower() in ("true", "1", "yes")
