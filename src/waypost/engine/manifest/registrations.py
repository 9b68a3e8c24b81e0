"""How our webhooks are made at a provider, and how what they missed is read later, as data."""

from waypost.base.declared import Field
from waypost.engine.manifest.node import Expression, Node, Slug


class HookCall(Node):
    """One call that the platform makes; its expressions say what it is asked with."""

    resource: str = Field(description="The resource to call.")
    method: str = Field(description="The method to call.")
    id: Expression | None = Field(default=None, description="The id to call it with.")
    query: Expression | None = Field(default=None, description="The query, as an object.")
    body: Expression | None = Field(default=None, description="The body, as an object.")


class HookSubjects(Node):
    """What webhooks or entries are for at the provider: domains, numbers, routes."""

    resource: str = Field(description="The resource that lists them.")
    method: str = Field(default="list", description="The method to call; it only reads.")
    query: Expression | None = Field(default=None, description="The query, as an object.")
    subject: Expression = Field(description="What a record is: an object of `id` and `name`.")


class WebhookRegistration(Node):
    """One kind of webhook that is made for every subject of an account."""

    name: Slug = Field(description="What this kind is called; unique within the integration.")
    description: str = Field(description="What it tells of.")
    wanted: Expression | None = Field(
        default=None,
        description="True where an account wants it, by its own variables or its install's; "
        "without it every account does.",
    )
    subjects: HookSubjects = Field(description="What it is made for.")
    events: tuple[str, ...] = Field(min_length=1, description="The provider's events to ask for.")
    list: HookCall = Field(description="Lists the webhooks of one subject; it only reads.")
    hook: Expression = Field(
        description="What a listed or created record is: an object of `id`, `url`, `secret`, "
        "`enabled` (false when it is paused) and `events`; or a list of such."
    )
    create: HookCall = Field(description="Makes one.")
    update: HookCall = Field(description="Puts one right that was paused or edited.")
    delete: HookCall = Field(description="Removes one.")
    throttle_seconds: float = Field(
        default=0.0, ge=0, description="How long the provider wants between two creations."
    )


class WebhookBackfill(Node):
    """A list of what happened, for the time in which webhooks did not arrive."""

    registration: str = Field(description="The webhook registration whose subjects it is for.")
    resource: str = Field(description="The resource that lists what happened.")
    method: str = Field(default="list", description="The method to call; it only reads.")
    query: Expression = Field(
        description="The query, as an object, for a subject's rows from `since` to `until` "
        "(Unix seconds)."
    )
    retention_days: tuple[int, ...] = Field(
        default=(30,),
        min_length=1,
        description="How far back the list may reach, longest first: a refusal tries the next.",
    )
    event_id: Expression = Field(
        description="What its webhook would identify it by; nothing for a row that has no webhook."
    )
    related: HookCall | None = Field(
        default=None, description="What is read beside a row, such as the message it belongs to."
    )
    body: Expression = Field(description="The webhook's body that the row would have been.")
