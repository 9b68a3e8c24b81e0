"""`Link: <…>; rel="next"`: only the query of the link is followed, on the path we already know."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from waypost.base.errors import ProviderGarbled
from waypost.engine.manifest.pagination import LinkHeaderPagination
from waypost.engine.paging.links import parse_links
from waypost.engine.paging.page import Answer, Cursor, PageRequest, PageResult
from waypost.engine.paging.slices import END, Slice, cut
from waypost.engine.query import parse_query


def plan(pagination: LinkHeaderPagination, limit: int | None, cursor: Cursor | None) -> PageRequest:
    """Ask for the page a link named; the first one is asked for by its size alone."""
    at = Slice(
        "link_header",
        pagination.limit,
        limit,
        cursor,
        first=None,
        can_ask=pagination.limit_param is not None,
    )
    query: dict[str, Any] = {}
    if pagination.limit_param is not None:
        query[pagination.limit_param] = at.size
    return at.request(query | parse_query(at.at or ""))


def finish(_pagination: LinkHeaderPagination, page: PageRequest, answer: Answer) -> PageResult:
    """Follow `next` and `prev`."""
    values = [value for name, value in answer.response.headers if name == "link"]
    links = parse_links(", ".join(values))
    following = _query_of(links.get("next"), answer.url)
    if following == page.position and following is not END:
        raise ProviderGarbled("The provider's next link leads to the same page again.")
    back = links.get("prev") or links.get("previous")
    return cut(
        "link_header",
        page,
        answer.records,
        following=following,
        preceding=_query_of(back, answer.url),
    )


def _query_of(link: str | None, url: str | None) -> Any:
    """Return the query text of a link, or `END`; it must stay on the host that was called."""
    if not link:
        return END
    try:
        target = urlsplit(urljoin(url or "", link))
        same_host = url is None or target.netloc.lower() == urlsplit(url).netloc.lower()
    except ValueError:
        raise ProviderGarbled("The provider's next link is not an address.") from None
    if not same_host:
        raise ProviderGarbled("The provider's next link leads to another host.")
    return target.query or END
