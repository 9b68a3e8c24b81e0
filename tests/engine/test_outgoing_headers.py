"""What a provider sees of the manifest's headers and of the caller's."""

from typing import Any

import pytest
from tests.support.acme import acme, method

from waypost.base.errors import InvalidRequest
from waypost.engine.outgoing_headers import NEVER_FROM_CALLERS, merge_headers
from waypost.engine.transport import Headers


def merged(given: Headers = (), **parts: Any) -> dict[str, str]:
    headers = merge_headers(
        acme(headers=parts.get("integration", {}), **parts.get("acme", {})),
        method(headers=parts.get("method", {})),
        scope={"context": {"region": "eu"}},
        given=given,
        body_type=parts.get("body_type"),
        accept="application/json",
        paging=parts.get("paging", ()),
    )
    assert len(dict(headers)) == len(headers) or parts.get("repeats")
    return dict(headers)


def test_later_sources_win_regardless_of_case() -> None:
    assert merged(
        (("x-b", "caller"), ("X-C", "caller")),
        integration={"X-A": "integration", "X-B": "integration"},
        method={"x-b": "method", "X-c": "method"},
        paging=(("Range", "items=0-9"),),
    ) == {
        "accept": "application/json",
        "x-a": "integration",
        "x-b": "caller",
        "x-c": "caller",
        "range": "items=0-9",
    }


def test_null_removes_a_header() -> None:
    assert merged(integration={"X-A": "1"}, method={"x-a": None, "Accept": None}) == {}


def test_the_content_type_is_the_bodys_unless_the_method_says_otherwise() -> None:
    assert merged((("content-type", "evil/x"),), body_type="application/json") == {
        "accept": "application/json",
        "content-type": "application/json",
    }
    special = {"Content-Type": "application/vnd.api+json"}
    assert merged(method=special, body_type="application/json")["content-type"] == (
        "application/vnd.api+json"
    )
    assert "content-type" not in merged(method=special)


@pytest.mark.parametrize("name", sorted(NEVER_FROM_CALLERS))
def test_callers_never_set(name: str) -> None:
    assert name not in merged(((name, "evil"), (name.title(), "evil")))


def test_callers_never_set_what_carries_the_credentials() -> None:
    authorization = {"scheme": "header", "name": "X-Api-Key", "value": "{{credentials.api_key}}"}
    assert "x-api-key" not in merged(
        (("x-api-key", "evil"),), acme={"authorization": authorization}
    )


def test_headers_named_by_connection_are_dropped() -> None:
    given = (("Connection", "close, X-Secret"), ("x-secret", "1"), ("x-other", "2"))
    assert merged(given) == {"accept": "application/json", "x-other": "2"}


def test_repeated_names_are_kept() -> None:
    headers = merge_headers(
        acme(),
        method(),
        scope={},
        given=(("x-a", "1"), ("x-a", "2")),
        body_type=None,
        accept="*/*",
        paging=(),
    )
    assert headers == (("accept", "*/*"), ("x-a", "1"), ("x-a", "2"))


def test_templates_of_the_manifest_are_filled_or_left_out() -> None:
    headers = {"X-Region": "{{context.region}}", "X-Other": "{{context.other}}"}
    assert merged(method=headers) == {"accept": "application/json", "x-region": "eu"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-a", "1\r\nx-b: 2"),
        ("x-a", "1\n"),
        ("x a", "1"),
        ("x-a\r\n", "1"),
        ("", "1"),
        ("x-a", "☃"),
    ],
)
def test_broken_headers_are_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidRequest):
        merged(((name, value),))
