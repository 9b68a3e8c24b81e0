"""An integration: identity, credentials, limits, resources and methods."""

from typing import Any, Literal

from waypost.base.declared import Field
from waypost.engine.manifest.credentials import Authorization, Credentials
from waypost.engine.manifest.limits import ErrorReading, RateLimit
from waypost.engine.manifest.node import Expression, JsonSchema, Node, Slug, Template
from waypost.engine.manifest.pagination import Pagination
from waypost.engine.manifest.registrations import WebhookBackfill, WebhookRegistration
from waypost.engine.manifest.sending import Sending, SentLookup
from waypost.engine.manifest.suppressions import SuppressionList, SuppressionPush
from waypost.engine.manifest.webhooks import InboundWebhook

Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
QueryArrayFormat = Literal["comma", "brackets", "indices", "repeat"]
BodyFormat = Literal["json", "form", "multipart", "raw", "xml"]
CRUD_METHODS = ("list", "get", "create", "update", "delete")


class Example(Node):
    """One request a conforming provider accepts, and an answer it might give.

    `id` and `query` fill the path's placeholders as a caller of `/proxy` would give them.
    """

    name: str = Field(
        default="example", description="What the example shows; unique within the method."
    )
    id: str | None = Field(default=None, description="The id the method is called with.")
    query: dict[str, Any] = Field(default={}, description="The query the method is called with.")
    body: Any = Field(default=None, description="The body the method is called with.")
    status: int = Field(default=200, description="The status of the answer.")
    response: Any = Field(default=None, description="The body of the answer.")
    verified: bool = Field(
        default=False, description="True only for an answer seen from the real provider."
    )


class Method(Node):
    """One method of a resource: what is sent, what comes back, who may call it."""

    verb: Verb = Field(description="The HTTP method sent to the provider.")
    path: Template = Field(
        description="Relative to base_url; `{{id}}`, `{{query.x}}` and `{{body.x}}` are filled, "
        "percent-encoded, and a query value used here is not sent again."
    )
    description: str = Field(
        min_length=10, description="What it does; becomes an AI tool's description."
    )
    documentation_link: str | None = Field(
        default=None, description="The provider's page about it."
    )
    scopes: tuple[str, ...] = Field(
        default=(), description="Any one of these lets the token call it."
    )
    rate_class: str | None = Field(
        default=None, description="The class of `rate_limit` it counts against."
    )
    headers: dict[str, str | None] = Field(
        default={}, description="Headers of this method; null removes one of the integration's."
    )
    query: dict[str, Any] = Field(default={}, description="Always sent; the caller's values win.")
    query_array_format: QueryArrayFormat | None = Field(
        default=None, description="Overrides the integration's."
    )
    query_schema: JsonSchema | None = Field(
        default=None, description="What may be asked in the query."
    )
    body_schema: JsonSchema | None = Field(
        default=None, description="What may be sent in the body."
    )
    body_format: BodyFormat = Field(
        default="json", description="How the body is written on the wire."
    )
    xml_root: str | None = Field(default=None, description="The outermost element of an xml body.")
    response_path: str | None = Field(
        default=None, description="Dotted path to the record or records inside the answer."
    )
    response_format: Literal["json", "xml", "text", "binary"] = Field(
        default="json", description="How the answer is written."
    )
    pagination: str | None = Field(
        default=None,
        description="The name of a pagination; without one the whole answer is cut into pages by us.",
    )
    authorization: Authorization | None = Field(
        default=None, description="Overrides the integration's."
    )
    sends: Literal["email", "sms", "chat"] | None = Field(
        default=None, description="Set when a call makes a message leave: never repeated by guess."
    )
    sending: Sending | None = Field(
        default=None, description="What its messages are, for a method that `sends`."
    )
    idempotent: bool | None = Field(
        default=None, description="Overrides what the verb says about repeating it safely."
    )
    errors: ErrorReading | None = Field(default=None, description="Overrides the integration's.")
    tags: tuple[str, ...] = Field(default=(), description="Words by which tools choose methods.")
    examples: tuple[Example, ...] = Field(
        default=(), description="Requests that must build and answers that must fit."
    )


class Resource(Node):
    """A named resource and its methods; besides list, get, create, update, delete any name may appear."""

    label: str = Field(description="What people call it.")
    description: str | None = Field(default=None, description="What it is, in one sentence.")
    methods: dict[str, Method] = Field(min_length=1, description="What can be done with it.")


class Probe(Node):
    """One read-only call made while linking, to see what the credentials may do."""

    label: str = Field(description="What is being looked at, as the owner reads it.")
    resource: str = Field(description="The resource to call.")
    method: str = Field(default="list", description="The method to call; it only reads.")
    query: dict[str, Any] = Field(default={}, description="The query to call it with.")
    required: bool = Field(default=False, description="Linking fails when this is refused.")
    accepts: tuple[int, ...] = Field(
        default=(),
        description="Error statuses which also show that the credentials may do it, such as the "
        "422 of a check that runs only after the scope was found sufficient.",
    )
    needed_for: str | None = Field(default=None, description="What does not work without it.")
    scope: str | None = Field(default=None, description="The scope whose absence a 403 shows.")
    shows: Expression | None = Field(
        default=None, description="Over `body`: a text or list of texts shown when it worked."
    )


class Integration(Node):
    """A provider, described."""

    name: Slug = Field(description="The folder's name.")
    label: str = Field(description="What people call the provider.")
    category: str = Field(description="What kind of provider it is.")
    description: str = Field(description="What it is for, in one sentence.")
    website: str | None = Field(default=None, description="The provider's home page.")
    documentation_link: str | None = Field(
        default=None, description="The provider's API documentation."
    )
    logo: str | None = Field(default=None, description="A file in this folder (svg).")
    base_url: str = Field(
        pattern=r"^https://[^\s?#]+[^/\s?#]$",
        description="What every path is appended to; without a slash at its end.",
    )
    hosts: tuple[str, ...] = Field(
        default=(), description="Other hosts this integration may be sent to."
    )
    headers: dict[str, str | None] = Field(
        default={}, description="Headers of every call; null removes one of ours."
    )
    query_array_format: QueryArrayFormat = Field(
        default="brackets", description="How lists are written in a query."
    )
    credentials: Credentials = Field(description="What an account must hold.")
    authorization: Authorization = Field(description="How that is put on a request.")
    pagination: dict[str, Pagination] = Field(
        default={}, description="The ways its lists page, by name."
    )
    rate_limit: RateLimit | None = Field(default=None, description="What it allows.")
    errors: ErrorReading = Field(default=ErrorReading(), description="How its errors are read.")
    probes: tuple[Probe, ...] = Field(
        default=(), description="Calls made while linking; filled from link.yaml."
    )
    webhooks: tuple[InboundWebhook, ...] = Field(
        default=(), description="What it sends to us; filled from webhooks.yaml."
    )
    webhook_registrations: tuple[WebhookRegistration, ...] = Field(
        default=(), description="The webhooks we make there for every account."
    )
    webhook_backfills: tuple[WebhookBackfill, ...] = Field(
        default=(), description="Where what webhooks missed is read later."
    )
    sent_lookups: dict[str, SentLookup] = Field(
        default={}, description="The lists in which sent messages are found again, by name."
    )
    suppression_lists: dict[str, SuppressionList] = Field(
        default={}, description="The lists of whom it will not write to, by name."
    )
    suppression_push: SuppressionPush | None = Field(
        default=None, description="How what is held back here is put on one of those lists."
    )
    resources: dict[str, Resource] = Field(
        default={}, description="Filled from the files in resources/."
    )
    plans: tuple[str, ...] = Field(
        default=(), description="The provider's plans, where allowances differ by plan."
    )
    unverified: bool = Field(
        default=False,
        description="True when no answer of the real provider was seen while writing it.",
    )

    def method(self, resource: str, method: str) -> Method | None:
        """Return a method, or None."""
        found = self.resources.get(resource)
        return found.methods.get(method) if found else None
