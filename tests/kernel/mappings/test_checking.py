"""An override is checked before it is stored."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.catalogue import write_catalogue

from waypost.base.errors import InvalidRequest, NotFound
from waypost.engine.manifest.load import load_catalog
from waypost.kernel.manifests import Manifests
from waypost.kernel.mappings.checking import check_account_override, check_override


@pytest.fixture
def manifests(tmp_path: Path) -> Manifests:
    return Manifests(load_catalog(write_catalogue(tmp_path)))


def check(manifests: Manifests, config: dict[str, Any], method: str = "list") -> None:
    check_override(
        manifests.loaded("acme"),
        manifests.model("mail"),
        resource="messages",
        method=method,
        config=config,
    )


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"response_mapping": '{"id": $string(response.id)}'},
        {"query_mapping": None},
        {"before": [{"name": "one", "resource": "letters", "method": "list"}]},
        {"query": {"a": {"b": 1}}},
    ],
)
def test_a_sound_override(manifests: Manifests, config: dict[str, Any]) -> None:
    check(manifests, config)


def test_an_override_may_add_a_method_when_it_is_whole(manifests: Manifests) -> None:
    check(manifests, {"resource": "letters", "method": "get"}, method="get")
    with pytest.raises(InvalidRequest, match="no such mapping to complete it"):
        check(manifests, {"response_mapping": "response"}, method="get")


@pytest.mark.parametrize(
    ("config", "field", "message"),
    [
        ({"respons_mapping": "x"}, "config.respons_mapping", "did you mean 'response_mapping'"),
        ({"response_mapping": "{"}, "config.response_mapping", "cannot be read"),
        ({"response_mapping": 5}, "config.response_mapping", "is wrong"),
        (
            {"before": [{"name": "one", "resource": "l", "method": "m", "query": "(("}]},
            "config.before.0.query",
            "cannot be read",
        ),
        ({"response_mapping_method": "all"}, "config.response_mapping_method", "is wrong"),
    ],
)
def test_a_fault_is_named_with_its_place(
    manifests: Manifests, config: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check(manifests, config)
    failure = caught.value.details["failures"][0]
    assert failure["field"] == field
    assert message in failure["message"]
    assert field in caught.value.message


def test_a_resource_the_model_lacks(manifests: Manifests) -> None:
    with pytest.raises(InvalidRequest, match="did you mean 'messages'"):
        check_override(
            manifests.loaded("acme"),
            manifests.model("mail"),
            resource="mesages",
            method="list",
            config={},
        )


def test_an_accounts_overrides(manifests: Manifests) -> None:
    sound = {"mail": {"messages": {"list": {"query": {"a": "b"}}}}}
    check_account_override(manifests, "acme", sound)
    check_account_override(manifests, "acme", {})
    for wrong, where in (
        ({"mial": {}}, "unified_model_override.mial"),
        ({"mail": []}, "unified_model_override.mail"),
        ({"mail": {"messages": 1}}, "unified_model_override.mail.messages"),
        ({"mail": {"messages": {"list": "x"}}}, "unified_model_override.mail.messages.list"),
        (
            {"mail": {"messages": {"list": {"filters": "(("}}}},
            "unified_model_override.mail.messages.list.filters",
        ),
    ):
        with pytest.raises(InvalidRequest, match=where):
            check_account_override(manifests, "acme", wrong)
    with pytest.raises(NotFound):
        check_account_override(manifests, "nobody", sound)
