"""What `POST /link-token` accepts, and how it refuses the rest."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.features.link.model import LinkOrder
from waypost.features.link.order import ORDER_SCHEMA, read_order


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"n": value}
    return value


def test_a_whole_order_for_a_new_account() -> None:
    order = read_order(
        {
            "tenant_id": "acme-1",
            "context": {"api_token": "x", "subdomain": "acme"},
            "redirect_uri": "https://app.example.com/done?from=link#top",
            "scopes": ["a", "b"],
            "environment_unified_model_id": "user-directory",
            "region": "eu",
            "truto_static_gate_id": "whatever",
            "unified_model_id": "older spelling",
            "is_sandbox": True,
        }
    )
    assert order == LinkOrder(
        tenant_id="acme-1",
        context={"api_token": "x", "subdomain": "acme"},
        redirect_uri="https://app.example.com/done?from=link#top",
        scopes=("a", "b"),
        unified_models=("user-directory",),
        region="eu",
    )


def test_an_order_to_link_again() -> None:
    body = {"integrated_account_id": "a1", "persist_previous_context": True, "tenant_id": None}
    assert read_order(body) == LinkOrder(account_id="a1", persist_previous_context=True)


def test_several_models() -> None:
    body = {"tenant_id": "t", "environment_unified_model_id": ["a", "b"]}
    assert read_order(body).unified_models == ("a", "b")


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ([], None, "JSON object"),
        ({}, "tenant_id", "exactly one"),
        ({"tenant_id": "t", "integrated_account_id": "a"}, "tenant_id", "both are there"),
        ({"tenant_id": ""}, "tenant_id", "not empty"),
        ({"tenant_id": 7}, "tenant_id", "text"),
        ({"tenant_id": "x" * 257}, "tenant_id", "256"),
        ({"tenant_id": "t", "contxt": {}}, "contxt", "did you mean 'context'?"),
        ({"tenant_id": "t", "redirectUri": "x"}, "redirectUri", "did you mean 'redirect_uri'?"),
        ({"tenant_id": "t", "zzz": 1}, "zzz", "known keys: tenant_id"),
        ({"tenant_id": "t", "context": []}, "context", "object"),
        ({"tenant_id": "t", "context": dict.fromkeys(map(str, range(101)), 1)}, "context", "100"),
        ({"tenant_id": "t", "context": {"n": 1 << 70}}, "context", "64 bits"),
        ({"tenant_id": "t", "context": nested(300)}, "context", "too many levels"),
        ({"tenant_id": "t", "context": nested(250)}, "context", "too many levels"),
        ({"tenant_id": "t", "context": {"n": "a\x00"}}, "context", "U+0000"),
        ({"tenant_id": "t\x00"}, "tenant_id", "U+0000"),
        ({"tenant_id": "\ud800"}, "tenant_id", "surrogate"),
        ({"tenant_id": "t", "scopes": "email"}, "scopes", "list of texts"),
        ({"tenant_id": "t", "scopes": [1]}, "scopes", "list of texts"),
        (
            {"tenant_id": "t", "environment_unified_model_id": 5},
            "environment_unified_model_id",
            "text",
        ),
        (
            {"tenant_id": "t", "persist_previous_context": "yes"},
            "persist_previous_context",
            "true or false",
        ),
        ({"tenant_id": "t", "persist_previous_context": True}, "persist_previous_context", "needs"),
        ({"tenant_id": "t", "region": "mars"}, "region", "wnam"),
        ({"integrated_account_id": "a", "region": "eu"}, "region", "fixed"),
        ({"tenant_id": "t", "redirect_uri": "/relative"}, "redirect_uri", "absolute"),
        ({"tenant_id": "t", "redirect_uri": "javascript:alert(1)"}, "redirect_uri", "absolute"),
        ({"tenant_id": "t", "redirect_uri": "data:text/html,x"}, "redirect_uri", "absolute"),
        ({"tenant_id": "t", "redirect_uri": "https://"}, "redirect_uri", "absolute"),
        ({"tenant_id": "t", "redirect_uri": "https://a:99999/"}, "redirect_uri", "absolute"),
        ({"tenant_id": "t", "redirect_uri": "https://[::1/"}, "redirect_uri", "absolute"),
        (
            {"tenant_id": "t", "redirect_uri": "https://user:pw@a.example/"},
            "redirect_uri",
            "user name",
        ),
        (
            {"tenant_id": "t", "redirect_uri": "https://a.example/\r\nset-cookie: x"},
            "redirect_uri",
            "control",
        ),
        ({"tenant_id": "t", "redirect_uri": "https:\\\\a.example"}, "redirect_uri", "backslashes"),
        ({"tenant_id": "t", "redirect_uri": 5}, "redirect_uri", "text"),
    ],
)
def test_what_is_refused(body: Any, field: str | None, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_order(body)
    assert words in caught.value.message
    if field:
        assert [one["field"] for one in caught.value.details["failures"]] == [field]


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_order({"tenant": "t", "region": "mars"})
    assert len(caught.value.details["failures"]) == 2
    assert "2 things are wrong" in caught.value.message


def test_a_refusal_does_not_repeat_context_values() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_order({"context": {"api_token": "hunter22hunter22"}, "tenat_id": "t"})
    assert "hunter22" not in str(caught.value.details) + caught.value.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(
    st.dictionaries(
        st.sampled_from([*"ab", "tenant_id", "redirect_uri", "scopes", "context", "region"]), JSON
    )
)
def test_anything_is_either_read_or_refused(body: dict[str, Any]) -> None:
    try:
        order = read_order(body)
    except InvalidRequest:
        return
    assert (order.tenant_id is None) != (order.account_id is None)


def test_the_description_names_what_is_read() -> None:
    for name in ORDER_SCHEMA["properties"]:
        try:
            read_order({name: None, "tenant_id": "t"})
        except InvalidRequest as error:
            pytest.fail(f"{name} is described but {error.message}")
