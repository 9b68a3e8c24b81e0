"""The six ways providers page, as data."""

from typing import Annotated, Literal

from waypost.base.declared import Field
from waypost.engine.manifest.node import Expression, Node, ToldBy


class LimitRange(Node):
    """The page sizes a provider accepts; a smaller wish is cut by us, a larger one is capped."""

    minimum: int = Field(default=1, ge=1, description="The smallest page the provider gives.")
    maximum: int = Field(default=100, ge=1, description="The largest page the provider gives.")
    default: int = Field(
        default=25, ge=1, description="The page asked for when the caller names no limit."
    )


class PagePagination(Node):
    """Numbered pages."""

    style: Literal["page"] = Field(description="Always `page`.")
    page_param: str = Field(
        default="page", description="The query parameter with the page's number."
    )
    limit_param: str | None = Field(
        default="limit", description="The query parameter with the page's size; null sends none."
    )
    first_page: int = Field(default=1, description="The number of the first page.")
    limit: LimitRange = Field(
        default=LimitRange(), description="The page sizes the provider accepts."
    )
    has_more: Expression | None = Field(
        default=None,
        description="Over `body` and `headers`: true when another page exists. "
        "Without it, a full page means there may be more.",
    )


class OffsetPagination(Node):
    """Offset and limit."""

    style: Literal["offset"] = Field(description="Always `offset`.")
    offset_param: str = Field(
        default="offset", description="The query parameter with the number of records to skip."
    )
    limit_param: str = Field(
        default="limit", description="The query parameter with the page's size."
    )
    limit: LimitRange = Field(
        default=LimitRange(), description="The page sizes the provider accepts."
    )
    has_more: Expression | None = Field(
        default=None,
        description="Over `body` and `headers`: true when another page exists. Without it, a full page means there may be more.",
    )


class CursorPagination(Node):
    """The answer carries the next cursor."""

    style: Literal["cursor"] = Field(description="Always `cursor`.")
    cursor_path: str = Field(
        description="Dotted path to the next cursor in the body; null or '' ends."
    )
    cursor_param: str = Field(
        default="cursor", description="The query parameter that carries the cursor."
    )
    limit_param: str | None = Field(
        default="limit", description="The query parameter with the page's size; null sends none."
    )
    limit: LimitRange = Field(
        default=LimitRange(), description="The page sizes the provider accepts."
    )


class LinkHeaderPagination(Node):
    """RFC 8288 `Link: <…>; rel="next"`."""

    style: Literal["link_header"] = Field(description="Always `link_header`.")
    limit_param: str | None = Field(
        default=None, description="The query parameter with the page's size; null sends none."
    )
    limit: LimitRange = Field(
        default=LimitRange(), description="The page sizes the provider accepts."
    )


class RangePagination(Node):
    """`Range: unit=first-last` with `Content-Range` in the answer (RFC 9110 section 14)."""

    style: Literal["range"] = Field(description="Always `range`.")
    range_unit: str = Field(default="items", description="The unit in the Range header.")
    limit: LimitRange = Field(
        default=LimitRange(), description="The page sizes the provider accepts."
    )


class DynamicPagination(Node):
    """Expressions decide: the last resort."""

    style: Literal["dynamic"] = Field(description="Always `dynamic`.")
    initial: Expression = Field(description="Over `query`: the first paging values, an object.")
    next: Expression = Field(
        description="Over `query`, `body`, `headers`, `values`: the next paging values, or null at the end."
    )
    limit_param: str | None = Field(
        default=None, description="The query parameter with the page's size; null sends none."
    )
    limit: LimitRange = Field(
        default=LimitRange(), description="The page sizes the provider accepts."
    )


Pagination = Annotated[
    PagePagination
    | OffsetPagination
    | CursorPagination
    | LinkHeaderPagination
    | RangePagination
    | DynamicPagination,
    ToldBy("style"),
]
