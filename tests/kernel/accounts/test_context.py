"""Parting a context into what may be shown and what may not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.credentials import Credentials
from waypost.engine.manifest.strict import checked
from waypost.kernel.accounts.context import (
    PROTECTED,
    credential_fields,
    merge_context,
    secret_fields,
    split_context,
    whole_context,
)

NOW = 1_790_000_000.0


def _split(context: dict[str, Any], *names: str) -> tuple[dict[str, Any], dict[str, str], Any]:
    split = split_context(context, secret_names=names, now=NOW)
    return split.shown, {k: v.reveal() for k, v in split.secrets.items()}, split.expires_at


def test_secrets_are_parted_by_their_names() -> None:
    context = {"subdomain": "shop", "api_key": "k1", "pin": 1234, "environment_variables": {"A": 1}}
    assert _split(context, "pin") == ({"subdomain": "shop"}, {"api_key": "k1", "pin": "1234"}, None)


def test_an_oauth_token_keeps_only_what_may_be_shown() -> None:
    token = {
        "access_token": "a",
        "refresh_token": "r",
        "id_token": "i",
        "expires_in": "3600",
        "token_type": "bearer",
        "scope": "read",
    }
    shown, secrets, expires_at = _split({"oauth": {"token": token, "state": 1}})
    assert secrets == {"access_token": "a", "refresh_token": "r", "id_token": "i"}
    ends = {"token_type": "bearer", "scope": "read", "expires_at": "2026-09-21T15:13:20.000Z"}
    assert shown == {"oauth": {"token": ends, "state": 1}}
    assert expires_at == NOW + 3600


@pytest.mark.parametrize(
    "context",
    [
        {"api_key": {"nested": "x"}},
        {"api_key": ["x"]},
        {"password": True},
        {"oauth": {"token": {"access_token": {}}}},
        {"oauth": {"token": {"access_token": "a", "expires_in": "soon"}}},
        {"oauth": {"token": {"access_token": "a", "expires_in": -1}}},
        {"oauth": {"token": {"access_token": "a", "expires_in": float("inf")}}},
        {"oauth": {"token": {"access_token": "a", "expires_in": float("nan")}}},
    ],
)
def test_what_is_no_text_is_refused(context: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        _split(context)


@pytest.mark.parametrize("oauth", [None, "x", 1, [], {}, {"token": None}, {"token": "t"}])
def test_odd_oauth_stays_as_it_is(oauth: Any) -> None:
    assert _split({"oauth": oauth}) == ({"oauth": oauth}, {}, None)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
names = st.sampled_from([*sorted(PROTECTED), "a", "b", "oauth"])
contexts = st.dictionaries(names, st.text(min_size=1, max_size=5), max_size=6)
tokens = st.dictionaries(
    st.sampled_from(["access_token", "refresh_token", "scope"]), st.text(min_size=1), max_size=3
)


@given(contexts.filter(lambda each: "oauth" not in each))
def test_putting_together_undoes_parting(context: dict[str, str]) -> None:
    split = split_context(context, secret_names=(), now=NOW)
    assert not PROTECTED & split.shown.keys()
    assert whole_context(split.shown, split.secrets) == context


@given(tokens)
def test_also_for_oauth(token: dict[str, str]) -> None:
    split = split_context({"oauth": {"token": token}, "x": 1}, secret_names=(), now=NOW)
    assert not {"access_token", "refresh_token"} & split.shown["oauth"]["token"].keys()
    assert whole_context(split.shown, split.secrets) == {"oauth": {"token": token}, "x": 1}


def test_merging_is_shallow_but_for_oauth() -> None:
    old = {"a": {"x": 1}, "b": 1, "oauth": {"s": 1, "token": {"scope": "r", "t": 1}}}
    new = {"a": {"y": 2}, "oauth": {"token": {"t": 2}}}
    assert merge_context(old, new) == {
        "a": {"y": 2},
        "b": 1,
        "oauth": {"s": 1, "token": {"scope": "r", "t": 2}},
    }


@given(st.dictionaries(st.text(max_size=3), json), st.dictionaries(st.text(max_size=3), json))
def test_merging_again_changes_nothing(old: dict[str, Any], new: dict[str, Any]) -> None:
    merged = merge_context(old, new)
    assert merge_context(merged, new) == merged
    assert merge_context(old, {}) == old
    assert {**merged} == {**old, **new} or "oauth" in old


def test_which_fields_are_secret() -> None:
    def field(name: str, kind: str = "text") -> dict[str, str]:
        return {"name": name, "label": name, "type": kind}

    fields = [
        field("pin", "password"),
        field("subdomain"),
        field("username"),
        field("private_key"),
        field("account_key"),
        field("keyboard"),
        field("signing_secret"),
        field("region", "single_select"),
    ]
    credentials = checked(Credentials, {"api_key": {"fields": fields}})
    secret = {"pin", "private_key", "account_key", "signing_secret"}
    assert secret_fields(credentials, "api_key") == secret
    assert secret_fields(credentials, "basic") == secret
    assert credential_fields(credentials, "oauth2") == ()
    assert credential_fields(credentials, "formats") == ()
