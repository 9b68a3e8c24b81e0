"""How a provider's webhooks are verified, as data."""

from typing import Annotated, Literal

from pydantic import Field

from waypost.engine.manifest.node import Expression, JsonSchema, Node


class HmacSignature(Node):
    """An HMAC over parts of the request, compared in constant time.

    `parts` are joined in order: `$body` is the raw bytes, `$header.<name>` a header, `$url` the
    URL, anything else is taken as it stands. `separator` goes between them.
    """

    format: Literal["hmac"]
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    header: str
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = Field(
        default="", description="A text before the signature in the header, such as 'sha256='."
    )
    parts: tuple[str, ...] = ("$body",)
    separator: str = ""
    secret_encoding: Literal["text", "base64"] = "text"  # noqa: S105 - how a secret is written
    secret_prefix: str = Field(
        default="", description="A text to drop from the secret, such as 'whsec_'."
    )
    list_separator: str | None = Field(
        default=None,
        description="When the header holds several signatures, what stands between them.",
    )
    timestamp_header: str | None = None
    tolerance_seconds: int | None = Field(default=None, ge=1)


class BasicSignature(Node):
    """User and password in the URL or Authorization header."""

    format: Literal["basic"]


class BearerSignature(Node):
    """A shared token in the Authorization header, or in another header."""

    format: Literal["bearer"]
    header: str = "authorization"


class UnsignedWebhook(Node):
    """The provider signs nothing; the address itself is the secret."""

    format: Literal["none"]


Signature = Annotated[
    HmacSignature | BasicSignature | BearerSignature | UnsignedWebhook,
    Field(discriminator="format"),
]


class WebhookPing(Node):
    """A test call that is answered and never becomes an event."""

    when: Expression = Field(description="Over `body` and `headers`: true for a ping.")
    secret: str | None = Field(
        default=None, description="A published, fixed secret that signs pings."
    )


class WebhookExample(Node):
    """A webhook as the provider would send it; `raw` is the exact body text."""

    name: str
    raw: str
    secret: str
    headers: dict[str, str]
    event_type: str | None = None
    verified: bool = False


class InboundWebhook(Node):
    """One kind of webhook this provider sends."""

    name: str
    description: str
    signature: Signature
    ping: WebhookPing | None = None
    applies: Expression | None = Field(default=None, description="Over `body`: true for this kind.")
    event_type: Expression | None = Field(
        default=None, description="Over `body`: the provider's event name."
    )
    event_id: Expression | None = Field(
        default=None, description="Over `body`: what identifies it for de-duplication."
    )
    occurred_at: Expression | None = None
    events: dict[str, str] = Field(
        default={}, description="The provider's event name to our event type."
    )
    examples: tuple[WebhookExample, ...] = ()
    schema_: JsonSchema | None = Field(default=None, alias="schema")
