"""Paging by expressions."""

from typing import Any

import pytest
from tests.support.paged_provider import Answered, ask

from waypost.base.errors import ManifestError, ProviderGarbled
from waypost.engine.manifest.pagination import DynamicPagination
from waypost.engine.manifest.strict import checked


def dynamic(initial: str = "{}", following: str = "null", **parts: Any) -> DynamicPagination:
    return checked(
        DynamicPagination, {"style": "dynamic", "initial": initial, "next": following, **parts}
    )


def answer(body: Any = None, headers: Any = None) -> Any:
    return lambda _query, _headers: Answered([1], body, headers=headers or {})


def test_values_are_query_parameters() -> None:
    request, result = ask(
        dynamic('{"since": query.since, "n": 1}', '{"since": body.last, "n": values.n + 1}'),
        answer({"last": "b"}),
        None,
        query={"since": "a"},
    )
    assert request.query == {"since": "a", "n": 1}
    assert result.next is not None
    assert result.next["at"] == {"since": "b", "n": 2}


def test_structured_values_reach_query_and_headers() -> None:
    request, _ = ask(
        dynamic('{"query": {"a": 1}, "headers": {"X-Page": 2}, "state": {"kept": true}}'),
        answer(),
        None,
    )
    assert request.query == {"a": 1}
    assert request.headers == (("x-page", "2"),)


def test_the_limit_goes_into_its_parameter() -> None:
    request, _ = ask(dynamic(limit_param="max", limit={"maximum": 50}), answer(), 99)
    assert request.query == {"max": 50}


def test_headers_are_in_scope() -> None:
    following = 'headers."x-next" ? {"p": headers."x-next"}'
    _, result = ask(dynamic("{}", following), answer(headers={"x-next": "7"}), None)
    assert result.next is not None
    assert result.next["at"] == {"p": "7"}


def test_null_and_the_same_values_again_end() -> None:
    assert ask(dynamic("{}", "null"), answer(), None)[1].next is None
    assert ask(dynamic('{"p": 1}', '{"p": 1}'), answer(), None)[1].next is None


def test_values_that_are_no_object_are_garbled() -> None:
    with pytest.raises(ProviderGarbled):
        ask(dynamic("{}", '"next"'), answer(), None)


def test_a_broken_expression_is_the_authors() -> None:
    with pytest.raises(ManifestError):
        ask(dynamic("{}", "body.("), answer(), None)
