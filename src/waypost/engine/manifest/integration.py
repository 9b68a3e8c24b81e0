"""An integration: identity, credentials, limits, resources and methods."""

from typing import Any, Literal

from pydantic import Field

from waypost.engine.manifest.credentials import Authorization, Credentials
from waypost.engine.manifest.limits import ErrorReading, RateLimit
from waypost.engine.manifest.node import Expression, JsonSchema, Node, Slug, Template
from waypost.engine.manifest.pagination import Pagination
from waypost.engine.manifest.webhooks import InboundWebhook

Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
QueryArrayFormat = Literal["comma", "brackets", "indices", "repeat"]
BodyFormat = Literal["json", "form", "multipart", "raw", "xml"]
CRUD_METHODS = ("list", "get", "create", "update", "delete")


class Example(Node):
    """One request a conforming provider accepts, and an answer it might give.

    `id` and `query` fill the path's placeholders as a caller of `/proxy` would give them.
    """

    name: str = "example"
    id: str | None = None
    query: dict[str, Any] = {}
    body: Any = None
    status: int = 200
    response: Any = None
    verified: bool = Field(
        default=False, description="True only for an answer seen from the real provider."
    )


class Method(Node):
    """One method of a resource: what is sent, what comes back, who may call it."""

    verb: Verb
    path: Template = Field(
        description="Relative to base_url; `{{id}}`, `{{query.x}}` and `{{body.x}}` are filled, "
        "percent-encoded, and a query value used here is not sent again."
    )
    description: str = Field(
        min_length=10, description="What it does; becomes an AI tool's description."
    )
    documentation_link: str | None = None
    scopes: tuple[str, ...] = Field(
        default=(), description="Any one of these lets the token call it."
    )
    rate_class: str | None = None
    headers: dict[str, str | None] = {}
    query: dict[str, Any] = Field(default={}, description="Always sent; the caller's values win.")
    query_array_format: QueryArrayFormat | None = None
    query_schema: JsonSchema | None = None
    body_schema: JsonSchema | None = None
    body_format: BodyFormat = "json"
    xml_root: str | None = None
    response_path: str | None = Field(
        default=None, description="Dotted path to the record or records inside the answer."
    )
    response_format: Literal["json", "xml", "text", "binary"] = "json"
    pagination: str | None = Field(
        default=None,
        description="The name of a pagination; without one the whole answer is cut into pages by us.",
    )
    authorization: Authorization | None = None
    sends: Literal["email", "sms", "chat"] | None = Field(
        default=None, description="Set when a call makes a message leave: never repeated by guess."
    )
    idempotent: bool | None = Field(
        default=None, description="Overrides what the verb says about repeating it safely."
    )
    errors: ErrorReading | None = None
    tags: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


class Resource(Node):
    """A named resource and its methods; besides list, get, create, update, delete any name may appear."""

    label: str
    description: str | None = None
    methods: dict[str, Method] = Field(min_length=1)


class Probe(Node):
    """One read-only call made while linking, to see what the credentials may do."""

    label: str
    resource: str
    method: str = "list"
    query: dict[str, Any] = {}
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

    name: Slug
    label: str
    category: str
    description: str
    website: str | None = None
    documentation_link: str | None = None
    logo: str | None = Field(default=None, description="A file in this folder (svg).")
    base_url: str = Field(pattern=r"^https://[^\s?#]+[^/\s?#]$")
    hosts: tuple[str, ...] = Field(
        default=(), description="Other hosts this integration may be sent to."
    )
    headers: dict[str, str | None] = {}
    query_array_format: QueryArrayFormat = "brackets"
    credentials: Credentials
    authorization: Authorization
    pagination: dict[str, Pagination] = {}
    rate_limit: RateLimit | None = None
    errors: ErrorReading = ErrorReading()
    probes: tuple[Probe, ...] = ()
    webhooks: tuple[InboundWebhook, ...] = ()
    resources: dict[str, Resource] = Field(
        default={}, description="Filled from the files in resources/."
    )
    plans: tuple[str, ...] = ()
    unverified: bool = Field(
        default=False,
        description="True when no answer of the real provider was seen while writing it.",
    )

    def method(self, resource: str, method: str) -> Method | None:
        """Return a method, or None."""
        found = self.resources.get(resource)
        return found.methods.get(method) if found else None
