"""What an account must hold, and how it is put on a request."""

from typing import Annotated, Literal

from waypost.base.declared import Field
from waypost.engine.manifest.node import Node, Template, ToldBy

REFUSED_FORMATS = {
    "oauth": "OAuth 1.0a",
    "oauth1": "OAuth 1.0a",
    "keka_oauth": "keka_oauth",
}
"""Formats known by name and not supported; the loader refuses them by name."""


class FieldOption(Node):
    """One choice of a single_select field."""

    label: str = Field(description="What is shown.")
    value: str = Field(description="What is stored.")


class CredentialField(Node):
    """One input of the link form; its value is stored, sealed, under `name`."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        description="The name it is stored under and called by in `{{credentials.name}}`.",
    )
    label: str = Field(description="What is written beside the input.")
    type: Literal["text", "password", "single_select"] = Field(
        default="text", description="Which input is shown; a password is never shown again."
    )
    required: bool = Field(default=True, description="Whether it must be filled in.")
    default: str | None = Field(default=None, description="What stands in the input at first.")
    format: Literal["email", "number", "uuid", "url"] | None = Field(
        default=None, description="A form the value must have."
    )
    pattern: str | None = Field(
        default=None, description="A regular expression the value must match whole."
    )
    transform: Literal["lowercase", "uppercase", "sha256"] | None = Field(
        default=None, description="What is done to the value before it is stored."
    )
    placeholder: str | None = Field(default=None, description="A grey example inside the input.")
    help_text: str | None = Field(default=None, description="One sentence under the input.")
    options: tuple[FieldOption, ...] = Field(
        default=(), description="The choices of a single_select."
    )


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
    fields: tuple[CredentialField, ...] = Field(
        min_length=1, description="The inputs of the form, in order."
    )


class OAuthClient(Node):
    """The app's own id and secret, normally given by an install's override or by settings."""

    id: Template = Field(description="The client id.")
    secret: Template | None = Field(
        default=None, description="The client secret; public clients have none."
    )


class OAuthCredentials(Node):
    """OAuth 2 authorization code, with PKCE unless switched off."""

    authorize_url: str = Field(description="Where the owner is sent to agree.")
    token_url: str = Field(description="Where the code is exchanged for tokens.")
    refresh_url: str | None = Field(default=None, description="Only if it differs from token_url.")
    client: OAuthClient | None = Field(
        default=None, description="The app that asks; an install's own app replaces it."
    )
    client_authentication: Literal["body", "basic"] = Field(
        default="body",
        description="Whether id and secret go into the body or into a basic Authorization header.",
    )
    scopes: tuple[str, ...] = Field(
        default=(), description="The scopes asked for unless an install says otherwise."
    )
    scope_separator: str = Field(default=" ", description="What stands between scopes.")
    pkce: bool = Field(default=True, description="Whether a PKCE challenge is sent.")
    authorize_parameters: dict[str, str] = Field(
        default={}, description="Further parameters of the authorize URL."
    )
    token_parameters: dict[str, str] = Field(
        default={}, description="Further parameters of every token request."
    )
    fields: tuple[CredentialField, ...] = Field(
        default=(), description="What is asked of the owner before the redirect."
    )
    documentation_link: str | None = Field(
        default=None, description="Where the provider describes its OAuth."
    )
    permissions_text: str | None = Field(
        default=None, description="What the owner is asked to agree to, in our words."
    )


class ClientCredentials(Node):
    """OAuth 2 client credentials: the owner's client id and secret are exchanged for a token."""

    token_url: str = Field(description="Where id and secret are exchanged for a token.")
    client_authentication: Literal["body", "basic"] = Field(
        default="basic",
        description="Whether id and secret go into the body or into a basic Authorization header.",
    )
    scopes: tuple[str, ...] = Field(default=(), description="The scopes asked for.")
    scope_separator: str = Field(default=" ", description="What stands between scopes.")
    token_parameters: dict[str, str] = Field(
        default={}, description="Further parameters of every token request."
    )
    client_id_field: str = Field(
        default="client_id", description="The field that holds the client id."
    )
    client_secret_field: str = Field(
        default="client_secret", description="The field that holds the client secret."
    )
    fields: tuple[CredentialField, ...] = Field(
        min_length=1, description="The inputs of the form, in order."
    )
    documentation_link: str | None = Field(
        default=None, description="Where the owner makes such a client."
    )
    permissions_text: str | None = Field(
        default=None, description="What the client must be allowed to do."
    )


class Credentials(Node):
    """The ways an account of this integration can be linked; at least one."""

    api_key: ApiKeyCredentials | None = Field(default=None, description="Pasted into a form.")
    oauth2: OAuthCredentials | None = Field(default=None, description="OAuth 2 authorization code.")
    oauth2_client_credentials: ClientCredentials | None = Field(
        default=None, description="OAuth 2 client credentials."
    )

    def fault(self) -> str | None:
        """Refuse credentials of which there are none."""
        named = self.api_key or self.oauth2 or self.oauth2_client_credentials
        return None if named else "name at least one of api_key, oauth2, oauth2_client_credentials"

    def formats(self) -> tuple[str, ...]:
        """Return the formats offered, in the order they are shown."""
        names = ("api_key", "oauth2", "oauth2_client_credentials")
        return tuple(name for name in names if getattr(self, name) is not None)


class BearerAuthorization(Node):
    """`Authorization: Bearer …`; the OAuth access token unless `token` says otherwise."""

    scheme: Literal["bearer"] = Field(description="Always `bearer`.")
    token: Template = Field(default="{{credentials.access_token}}", description="The token.")


class HeaderAuthorization(Node):
    """An API key in any header."""

    scheme: Literal["header"] = Field(description="Always `header`.")
    name: str = Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", description="The header's name.")
    value: Template = Field(description="The header's value.")


class BasicAuthorization(Node):
    """HTTP basic authentication."""

    scheme: Literal["basic"] = Field(description="Always `basic`.")
    username: Template = Field(description="The user name.")
    password: Template = Field(default="", description="The password; often empty.")


class NoAuthorization(Node):
    """Nothing is added."""

    scheme: Literal["none"] = Field(description="Always `none`.")


Authorization = Annotated[
    BearerAuthorization | HeaderAuthorization | BasicAuthorization | NoAuthorization,
    ToldBy("scheme"),
]
