"""How a provider's webhooks are verified, as data."""

from typing import Annotated, Literal

from waypost.base.declared import Field
from waypost.engine.manifest.node import Expression, JsonSchema, Node, ToldBy


class HmacSignature(Node):
    """An HMAC over parts of the request, compared in constant time.

    `parts` are joined in order: `$body` is the raw bytes, `$header.<name>` a header, `$url` the
    URL, anything else is taken as it stands. `separator` goes between them.
    """

    format: Literal["hmac"] = Field(description="Always `hmac`.")
    algorithm: Literal["sha256", "sha512", "sha1"] = Field(
        default="sha256", description="The hash."
    )
    header: str = Field(description="The header that holds the signature.")
    encoding: Literal["hex", "base64"] = Field(
        default="hex", description="How the signature is written."
    )
    prefix: str = Field(
        default="", description="A text before the signature in the header, such as 'sha256='."
    )
    parts: tuple[str, ...] = Field(default=("$body",), description="What is signed, in order.")
    separator: str = Field(default="", description="What stands between the parts.")
    secret_encoding: Literal["text", "base64"] = Field(
        default="text", description="Whether the secret is used as text or decoded first."
    )
    secret_prefix: str = Field(
        default="", description="A text to drop from the secret, such as 'whsec_'."
    )
    list_separator: str | None = Field(
        default=None,
        description="When the header holds several signatures, what stands between them.",
    )
    timestamp_header: str | None = Field(
        default=None, description="The header with the time of signing, in Unix seconds."
    )
    tolerance_seconds: int | None = Field(
        default=None, ge=1, description="How far that time may be from ours."
    )


class BasicSignature(Node):
    """User and password in the URL or Authorization header."""

    format: Literal["basic"] = Field(description="Always `basic`.")


class BearerSignature(Node):
    """A shared token in the Authorization header, or in another header."""

    format: Literal["bearer"] = Field(description="Always `bearer`.")
    header: str = Field(default="authorization", description="The header that holds the token.")


class UnsignedWebhook(Node):
    """The provider signs nothing; the address itself is the secret."""

    format: Literal["none"] = Field(description="Always `none`.")


Signature = Annotated[
    HmacSignature | BasicSignature | BearerSignature | UnsignedWebhook,
    ToldBy("format"),
]


class WebhookPing(Node):
    """A test call that is answered and never becomes an event."""

    when: Expression = Field(description="Over `body` and `headers`: true for a ping.")
    secret: str | None = Field(
        default=None, description="A published, fixed secret that signs pings."
    )


class WebhookExample(Node):
    """A webhook as the provider would send it; `raw` is the exact body text."""

    name: str = Field(description="What the example shows; unique within the webhook.")
    raw: str = Field(description="The exact body.")
    secret: str = Field(description="The secret it is signed with; invented.")
    headers: dict[str, str] = Field(description="The headers it arrives with.")
    event_type: str | None = Field(
        default=None, description="The provider's event name that must be read from it."
    )
    verified: bool = Field(
        default=False, description="True only for a webhook seen from the real provider."
    )


class InboundWebhook(Node):
    """One kind of webhook this provider sends."""

    name: str = Field(description="What this kind is called; unique within the integration.")
    description: str = Field(description="When the provider sends it.")
    signature: Signature = Field(description="How it proves where it comes from.")
    ping: WebhookPing | None = Field(
        default=None, description="The provider's test call, if it makes one."
    )
    applies: Expression | None = Field(default=None, description="Over `body`: true for this kind.")
    event_type: Expression | None = Field(
        default=None, description="Over `body`: the provider's event name."
    )
    event_id: Expression | None = Field(
        default=None, description="Over `body`: what identifies it for de-duplication."
    )
    occurred_at: Expression | None = Field(
        default=None, description="Over `body`: when it happened, ISO 8601."
    )
    data: Expression | None = Field(
        default=None,
        description="Over `body`: what our event says, as an object (message_id, recipient, …).",
    )
    events: dict[str, str] = Field(
        default={}, description="The provider's event name to our event type."
    )
    examples: tuple[WebhookExample, ...] = Field(
        default=(), description="Deliveries that must verify."
    )
    schema_: JsonSchema | None = Field(
        default=None, called="schema", description="What the body looks like."
    )
