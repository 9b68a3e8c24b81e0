"""Unified models and mapping overrides over HTTP, and that they change what is answered."""

from typing import Any

import httpx
import pytest
from tests.support.raw_provider import answering
from tests.support.served import Served
from tests.support.world import AcmeWorld, Environment, make_environment

MODELS = "/environment-unified-model"
PATH = "/environment-unified-model-resource-method"


def model_on(environment: Environment) -> dict[str, Any]:
    made: dict[str, Any] = environment.post(
        MODELS, json={"unified_model_id": "user-directory"}
    ).json()
    return made


def override(environment: Environment, config: Any, **changes: Any) -> httpx.Response:
    body = {
        "environment_unified_model_id": model_on(environment)["id"],
        "resource_name": "users",
        "integration_name": "acme",
        "method_name": "list",
        "config": config,
        **changes,
    }
    return environment.post(PATH, json=body)


def test_models_are_switched_on_and_off(environment: Environment) -> None:
    model = environment.get("/unified-model/user-directory").json()
    first = environment.post(MODELS, json={"unified_model_id": model["id"]})
    second = environment.post(MODELS, json={"unified_model_id": "user-directory"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert environment.get(f"/unified-model/{model['id']}").json()["installed_environment"]
    row = first.json()
    listed = environment.get(f"{MODELS}?unified_model_id={model['id']}").json()["result"]
    assert listed == environment.get(f"{MODELS}?unified_model.name=user-directory").json()["result"]
    assert listed == [environment.get(f"{MODELS}/{row['id']}").json()]
    for change, result in (({"docs": {"a": 1}}, {"docs": {"a": 1}}), ({"docs": None}, {})):
        body = {"override": change}
        changed = environment.request("PATCH", f"{MODELS}/{row['id']}", json=body)
        assert changed.json()["override"] == result
    assert environment.request("DELETE", f"{MODELS}/{model['id']}").json() == {"id": model["id"]}
    assert environment.request("DELETE", f"{MODELS}/{model['id']}").status_code == 404
    again = model_on(environment)
    assert environment.request("DELETE", f"{MODELS}/{again['id']}").status_code == 200


def test_an_override_changes_what_is_answered(acme: AcmeWorld) -> None:
    acme.provider.behave(answering(200, {"data": [{"id": 1}], "more": False}))
    made = override(
        acme.environment,
        {"response_mapping": '{"id": $string(response.id), "name": "overridden"}', "merge": []},
    )
    assert made.status_code == 201, made.text
    users = acme.get("/unified/user-directory/users").json()["result"]
    assert [user["name"] for user in users] == ["overridden"]
    menu = acme.environment.get(f"/integrated-account/{acme.account}/capabilities").json()
    assert {each["resource"]: each["env_overridden"] for each in menu["unified"]}["users"] is True


def test_an_override_is_changed_under_its_version(environment: Environment) -> None:
    made = override(environment, {"query": {"a": "1", "b": "2"}}).json()
    path = f"{PATH}/{made['id']}"
    assert made["version"] == 1
    body = {"config": {"query": {"a": None}}, "version": 1}
    changed = environment.request("PATCH", path, json=body)
    assert changed.json()["config"] == {"query": {"b": "2"}}
    assert changed.json()["version"] == 2
    late = environment.request("PATCH", path, json=body)
    assert late.status_code == 409
    assert environment.request("PATCH", path, json={"config": {}}).status_code == 200
    query = "integration_name=acme&resource_name=users&method_name=list"
    assert len(environment.get(f"{PATH}?{query}").json()["result"]) == 1
    assert environment.get(f"{PATH}?integration_name=other").json()["result"] == []
    assert override(environment, {}).status_code == 409
    assert environment.request("DELETE", path).json() == {"id": made["id"]}
    assert environment.get(path).status_code == 404


@pytest.mark.parametrize(
    ("config", "changes", "status", "message"),
    [
        ({"respons_mapping": "x"}, {}, 400, "did you mean 'response_mapping'"),
        ({"response_mapping": "{{"}, {}, 400, "config.response_mapping"),
        ([], {}, 400, "'config'"),
        ({}, {"resource_name": "userz"}, 400, "did you mean 'users'"),
        ({}, {"integration_name": "nobody"}, 404, "nobody"),
        ({}, {"environment_unified_model_id": "x"}, 404, "unified model"),
        ({}, {"mehod_name": "list"}, 400, "did you mean 'method_name'"),
    ],
)
def test_a_wrong_override(
    environment: Environment, config: Any, changes: dict[str, Any], status: int, message: str
) -> None:
    answer = override(environment, config, **changes)
    assert answer.status_code == status
    assert message in answer.json()["message"]


def test_a_wrong_change_is_refused_too(environment: Environment) -> None:
    made = override(environment, {}).json()
    body = {"config": {"filters": "(("}}
    answer = environment.request("PATCH", f"{PATH}/{made['id']}", json=body)
    assert answer.status_code == 400
    assert "config.filters" in answer.json()["message"]


def test_another_environments_rows(
    environment: Environment, platform: Served, http: httpx.Client
) -> None:
    other = make_environment(platform, http, "Other")
    theirs = override(other, {}).json()
    model = theirs["environment_unified_model_id"]
    for path in (f"{PATH}/{theirs['id']}", f"{MODELS}/{model}"):
        assert environment.get(path).status_code == 404
        assert environment.request("DELETE", path).status_code == 404
    mine = override(environment, {}, environment_unified_model_id=model)
    assert mine.status_code == 404
