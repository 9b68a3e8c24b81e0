"""The lists in which a provider keeps whom it will not write to."""

from typing import Any, Literal

from waypost.base.declared import Field
from waypost.engine.manifest.node import Expression, Node
from waypost.engine.manifest.registrations import HookCall, HookSubjects


class SuppressionRow(Node):
    """Where a listed entry says what it is; dotted paths, which go through lists."""

    id: str | None = Field(default=None, description="The entry's id.")
    address: str = Field(description="The address, number or pattern.")
    domain: str | None = Field(
        default=None, description="The sending domain it is for; where it has none, the account."
    )
    at: str | None = Field(
        default=None, description="When it came to be there: ISO 8601, or Unix seconds."
    )
    detail: str | None = Field(default=None, description="What the provider says of it.")


class SuppressionCall(Node):
    """One call that puts somebody on a list, or takes entries off it."""

    resource: str = Field(description="The resource to call.")
    method: str = Field(description="The method to call.")
    body: Expression = Field(description="The body, as an object.")

    def call(self) -> HookCall:
        """Return it as the platform makes its own calls."""
        return HookCall(resource=self.resource, method=self.method, body=self.body)


class SuppressionList(Node):
    """A list of addresses that the provider holds back, read whole by a standing job."""

    reason: Literal["hard_bounce", "complaint", "unsubscribe", "blocklist", "on_hold"] = Field(
        description="Why whoever stands on it is held back."
    )
    resource: str = Field(description="The resource that lists it.")
    method: str = Field(default="list", description="The method to call; it only reads.")
    query: dict[str, Any] = Field(default={}, description="The query to call it with.")
    row: SuppressionRow = Field(description="What a row says.")
    everywhere: bool = Field(
        default=False, description="True when it holds for all accounts of the tenant."
    )
    remove: SuppressionCall | None = Field(
        default=None,
        description="Takes entries off; it reads `ids`. Without it only the provider's side can.",
    )


class SuppressionPush(Node):
    """How what is held back here is put on one of a provider's lists."""

    list: str = Field(description="The list it is put on, which must say how to take it off.")
    add: SuppressionCall = Field(
        description="Puts somebody on it and answers with the list's rows; it reads `addresses` or "
        "`patterns` (`.*` is any text), and `domain` (`id`, `name`) where it is for one only."
    )
    domains: HookSubjects = Field(description="The sending domains that an entry may be for.")
    most: int = Field(default=50, ge=1, description="How many one call may name.")
