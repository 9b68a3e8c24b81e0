"""The six ways providers page, as data."""

from typing import Annotated, Literal

from pydantic import Field

from waypost.engine.manifest.node import Expression, Node


class LimitRange(Node):
    """The page sizes a provider accepts; a smaller wish is cut by us, a larger one is capped."""

    minimum: int = Field(default=1, ge=1)
    maximum: int = Field(default=100, ge=1)
    default: int = Field(default=25, ge=1)


class PagePagination(Node):
    """Numbered pages."""

    style: Literal["page"]
    page_param: str = "page"
    limit_param: str | None = "limit"
    first_page: int = 1
    limit: LimitRange = LimitRange()
    has_more: Expression | None = Field(
        default=None,
        description="Over `body` and `headers`: true when another page exists. "
        "Without it, a full page means there may be more.",
    )


class OffsetPagination(Node):
    """Offset and limit."""

    style: Literal["offset"]
    offset_param: str = "offset"
    limit_param: str = "limit"
    limit: LimitRange = LimitRange()
    has_more: Expression | None = None


class CursorPagination(Node):
    """The answer carries the next cursor."""

    style: Literal["cursor"]
    cursor_path: str = Field(
        description="Dotted path to the next cursor in the body; null or '' ends."
    )
    cursor_param: str = "cursor"
    limit_param: str | None = "limit"
    limit: LimitRange = LimitRange()


class LinkHeaderPagination(Node):
    """RFC 8288 `Link: <…>; rel="next"`."""

    style: Literal["link_header"]
    limit_param: str | None = None
    limit: LimitRange = LimitRange()


class RangePagination(Node):
    """`Range: unit=first-last` with `Content-Range` in the answer (RFC 9110 section 14)."""

    style: Literal["range"]
    range_unit: str = "items"
    limit: LimitRange = LimitRange()


class DynamicPagination(Node):
    """Expressions decide: the last resort."""

    style: Literal["dynamic"]
    initial: Expression = Field(description="Over `query`: the first paging values, an object.")
    next: Expression = Field(
        description="Over `query`, `body`, `headers`, `values`: the next paging values, or null at the end."
    )
    limit_param: str | None = None
    limit: LimitRange = LimitRange()


Pagination = Annotated[
    PagePagination
    | OffsetPagination
    | CursorPagination
    | LinkHeaderPagination
    | RangePagination
    | DynamicPagination,
    Field(discriminator="style"),
]
