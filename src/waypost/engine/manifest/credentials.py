"""What an account must hold, and how it is put on a request."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from waypost.engine.manifest.node import Node, Template

REFUSED_FORMATS = {
    "oauth": "OAuth 1.0a",
    "oauth1": "OAuth 1.0a",
    "keka_oauth": "keka_oauth",
}
"""Formats known by name and not supported; the loader refuses them by name."""


class FieldOption(Node):
    """One choice of a single_select field."""

    label: str
    value: str


class CredentialField(Node):
    """One input of the link form; its value is stored, sealed, under `name`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    type: Literal["text", "password", "single_select"] = "text"
    required: bool = True
    default: str | None = None
    format: Literal["email", "number", "uuid", "url"] | None = None
    pattern: str | None = Field(
        default=None, description="A regular expression the value must match whole."
    )
    transform: Literal["lowercase", "uppercase", "sha256"] | None = None
    placeholder: str | None = None
    help_text: str | None = None
    options: tuple[FieldOption, ...] = ()


class ApiKeyCredentials(Node):
    """Credentials that the account's owner pastes into a form (API keys, basic user and password)."""

    documentation_link: str | None = Field(
        default=None, description="Where the owner makes such a key."
    )
    instructions: str | None = Field(
        default=None, description="How to make it, in one or two sentences of ours."
    )
    permissions_text: str | None = Field(
        default=None, description="What the key must be allowed to do."
    )
    fields: tuple[CredentialField, ...] = Field(min_length=1)


class OAuthClient(Node):
    """The app's own id and secret, normally given by an install's override or by settings."""

    id: Template
    secret: Template | None = None


class OAuthCredentials(Node):
    """OAuth 2 authorization code, with PKCE unless switched off."""

    authorize_url: str
    token_url: str
    refresh_url: str | None = Field(default=None, description="Only if it differs from token_url.")
    client: OAuthClient | None = None
    client_authentication: Literal["body", "basic"] = "body"
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    pkce: bool = True
    authorize_parameters: dict[str, str] = {}
    token_parameters: dict[str, str] = {}
    fields: tuple[CredentialField, ...] = ()
    documentation_link: str | None = None
    permissions_text: str | None = None


class ClientCredentials(Node):
    """OAuth 2 client credentials: the owner's client id and secret are exchanged for a token."""

    token_url: str
    client_authentication: Literal["body", "basic"] = "basic"
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    token_parameters: dict[str, str] = {}
    client_id_field: str = "client_id"
    client_secret_field: str = "client_secret"  # noqa: S105 - the name of a field, not a secret
    fields: tuple[CredentialField, ...] = Field(min_length=1)
    documentation_link: str | None = None
    permissions_text: str | None = None


class Credentials(Node):
    """The ways an account of this integration can be linked; at least one."""

    api_key: ApiKeyCredentials | None = None
    oauth2: OAuthCredentials | None = None
    oauth2_client_credentials: ClientCredentials | None = None

    @model_validator(mode="after")
    def _at_least_one(self) -> "Credentials":
        if not self.formats():
            raise ValueError("name at least one of api_key, oauth2, oauth2_client_credentials")
        return self

    def formats(self) -> tuple[str, ...]:
        """Return the formats offered, in the order they are shown."""
        names = ("api_key", "oauth2", "oauth2_client_credentials")
        return tuple(name for name in names if getattr(self, name) is not None)


class BearerAuthorization(Node):
    """`Authorization: Bearer …`; the OAuth access token unless `token` says otherwise."""

    scheme: Literal["bearer"]
    token: Template = "{{credentials.access_token}}"  # noqa: S105


class HeaderAuthorization(Node):
    """An API key in any header."""

    scheme: Literal["header"]
    name: str = Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
    value: Template


class BasicAuthorization(Node):
    """HTTP basic authentication."""

    scheme: Literal["basic"]
    username: Template
    password: Template = ""


class NoAuthorization(Node):
    """Nothing is added."""

    scheme: Literal["none"]


Authorization = Annotated[
    BearerAuthorization | HeaderAuthorization | BasicAuthorization | NoAuthorization,
    Field(discriminator="scheme"),
]
