"""Link headers: followed by their query only, and on the same host."""

from typing import Any

import pytest
from tests.support.paged_provider import URL, Answered, ask

from waypost.base.errors import ProviderGarbled
from waypost.engine.manifest.pagination import LinkHeaderPagination
from waypost.engine.paging import plan

PLAIN = LinkHeaderPagination(style="link_header", limit_param="per_page")


def linked(link: str, cursor: Any = None, name: str = "link") -> Any:
    headers = {name: link}
    return ask(PLAIN, lambda _query, _headers: Answered([1], headers=headers), None, cursor)[1]


@pytest.mark.parametrize(
    "target",
    [
        "https://api.acme.test/other/path?p=2&f%5Ba%5D=x",
        "https://API.acme.test/x?p=2&f[a]=x",
        "?p=2&f[a]=x",
    ],
)
def test_only_the_query_is_followed(target: str) -> None:
    result = linked(f'<{target}>; rel="next"')
    query = plan(PLAIN, limit=None, cursor=result.next).query
    assert query == {"per_page": 25, "p": "2", "f": {"a": "x"}}


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/v1?p=2",
        "https://api.acme.test:8443/v1?p=2",
        "https://user@api.acme.test/v1?p=2",
        "//evil.test/?p=2",
        "https://[bad/?p=2",
    ],
)
def test_another_host_is_refused(target: str) -> None:
    with pytest.raises(ProviderGarbled):
        linked(f'<{target}>; rel="next"')


def test_no_next_is_the_end() -> None:
    assert linked("").next is None
    assert linked('<?p=1>; rel="prev"').next is None
    assert linked(f'<{URL}>; rel="next"').next is None


def test_the_same_link_again_is_a_circle() -> None:
    cursor = {"style": "link_header", "at": "p=2", "skip": 0, "size": 25}
    with pytest.raises(ProviderGarbled, match="same page"):
        linked('<?p=2>; rel="next"', cursor)


def test_prev_and_previous_lead_back() -> None:
    for relation in ("prev", "previous"):
        assert linked(f'<?p=1>; rel="{relation}"').previous["at"] == "p=1"
