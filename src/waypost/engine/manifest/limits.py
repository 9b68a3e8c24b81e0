"""What a provider allows, where it says so, and how it says no."""

from typing import Literal

from pydantic import Field

from waypost.engine.manifest.node import Expression, Node


class Allowance(Node):
    """`limit` calls in a window of `window_seconds`; `by_plan` replaces it where the plan is known."""

    limit: int = Field(ge=1)
    window_seconds: int = Field(default=60, ge=1)
    by_plan: dict[str, int] = {}
    description: str | None = None


class Quota(Node):
    """A long allowance over all classes together."""

    by_plan: dict[str, int] = {}
    limit: int | None = None
    resets: Literal["utc_midnight"] = "utc_midnight"
    remaining_header: str | None = None
    reset_header: str | None = None
    unlimited_value: int | None = Field(
        default=None, description="The header value that means no limit."
    )


class LimitHeaders(Node):
    """Names (lower-case) of the headers that tell the present window."""

    limit: str | None = None
    remaining: str | None = None
    reset: str | None = None
    reset_format: Literal["unix", "seconds", "iso"] = "unix"


class RateLimit(Node):
    """Classes of endpoints, the long quota, and how an exhausted window shows."""

    default_class: str = "general"
    classes: dict[str, Allowance] = Field(min_length=1)
    quota: Quota | None = None
    headers: LimitHeaders = LimitHeaders()
    limited_statuses: tuple[int, ...] = (429,)
    maintenance_statuses: tuple[int, ...] = ()


class ErrorReading(Node):
    """How to read a provider's error body; each an expression over `body`, `headers`, `status`."""

    message: Expression | None = None
    code: Expression | None = None
    missing_scopes: Expression | None = Field(
        default=None,
        description="For a 403: the list of scopes that were missing, when the body tells.",
    )
