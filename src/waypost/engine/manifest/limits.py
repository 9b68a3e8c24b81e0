"""What a provider allows, where it says so, and how it says no."""

from typing import Literal

from waypost.base.declared import Field
from waypost.engine.manifest.node import Expression, Node


class Allowance(Node):
    """`limit` calls in a window of `window_seconds`; `by_plan` replaces it where the plan is known."""

    limit: int = Field(ge=1, description="How many calls a window allows.")
    window_seconds: int = Field(default=60, ge=1, description="How long a window is.")
    by_plan: dict[str, int] = Field(
        default={}, description="The limit for each plan of `plans` that has another one."
    )
    lane: Literal["transactional", "flow", "bulk", "sync"] = Field(
        default="transactional", description="The lane of its calls whose caller names none."
    )
    description: str | None = Field(
        default=None, description="Which endpoints this class is about."
    )


class Quota(Node):
    """A long allowance over all classes together."""

    by_plan: dict[str, int] = Field(default={}, description="The quota for each plan of `plans`.")
    limit: int | None = Field(default=None, description="The quota where the plan is not known.")
    resets: Literal["utc_midnight"] = Field(
        default="utc_midnight", description="When it is full again."
    )
    remaining_header: str | None = Field(
        default=None, description="The lower-case header that tells what is left."
    )
    reset_header: str | None = Field(
        default=None, description="The lower-case header that tells when it is full again."
    )
    unlimited_value: int | None = Field(
        default=None, description="The header value that means no limit."
    )
    used_elsewhere: tuple[str, ...] = Field(
        default=(),
        description="The classes in which calls are expected that did not come through here, when "
        "`remaining_header` falls by more than ours; without it every class, which is careful.",
    )


class LimitHeaders(Node):
    """Names (lower-case) of the headers that tell the present window."""

    limit: str | None = Field(default=None, description="Tells how many calls the window allows.")
    remaining: str | None = Field(default=None, description="Tells how many are left.")
    reset: str | None = Field(default=None, description="Tells when the window ends.")
    reset_format: Literal["unix", "seconds", "iso"] = Field(
        default="unix",
        description="How `reset` is written: Unix time, seconds from now, or ISO 8601.",
    )


class RateLimit(Node):
    """Classes of endpoints, the long quota, and how an exhausted window shows."""

    default_class: str = Field(
        default="general", description="The class of methods that name none."
    )
    classes: dict[str, Allowance] = Field(
        min_length=1, description="What each class of endpoints is allowed."
    )
    quota: Quota | None = Field(default=None, description="The long allowance, if there is one.")
    headers: LimitHeaders = Field(
        default=LimitHeaders(), description="Where answers tell the state of the window."
    )
    limited_statuses: tuple[int, ...] = Field(
        default=(429,), description="Statuses that mean the window is used up."
    )
    maintenance_statuses: tuple[int, ...] = Field(
        default=(), description="Statuses that mean the provider is closed for a while."
    )


class ErrorReading(Node):
    """How to read a provider's error body; each an expression over `body`, `headers`, `status`, `scopes`."""

    message: Expression | None = Field(default=None, description="What a person should read.")
    code: Expression | None = Field(
        default=None, description="The provider's own code of the error."
    )
    credentials: Expression | None = Field(
        default=None,
        description="`rejected`, `forbidden` or null: what a refusal says about the credentials, "
        "where the provider's status (401 rejected, 403 forbidden) does not say it.",
    )
    missing_scopes: Expression | None = Field(
        default=None,
        description="For a 403: the list of scopes that were missing, when the body tells.",
    )
