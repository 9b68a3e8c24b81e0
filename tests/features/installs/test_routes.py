"""Installs over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.support.served import Served
from tests.support.world import AcmeWorld, Environment, make_environment

PATH = "/environment-integration"


def install(environment: Environment, name: str = "acme", **body: Any) -> dict[str, Any]:
    answer = environment.post(PATH, json={"integration_id": name, **body})
    assert answer.status_code in (200, 201), answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_installing_is_idempotent(environment: Environment) -> None:
    integration = environment.get("/integration/acme").json()
    body = {"integration_id": integration["id"], "is_enabled": True}
    first, second = (environment.post(PATH, json=body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["integration"]["name"] == "acme"
    shown = environment.get("/integration/acme").json()
    assert shown["installed_environment"] == [environment.id]
    assert environment.post(PATH, json={"integration_id": "nobody"}).status_code == 404


def test_filters(environment: Environment) -> None:
    acme = install(environment)
    other = install(environment, "mailersend", is_enabled=False)

    def found(query: str) -> set[str]:
        return {each["id"] for each in environment.get(f"{PATH}?{query}").json()["result"]}

    assert found("") == {acme["id"], other["id"]}
    assert found(f"integration_id={acme['integration_id']}") == {acme["id"]}
    both = f"integration_id[in]={acme['integration_id']},{other['integration_id']}"
    assert found(both) == {acme["id"], other["id"]}
    assert found("integration.name=mailersend") == {other["id"]}
    assert found("is_enabled=true") == found("is_active=true") == {acme["id"]}
    assert found(f"environment_id={environment.id}") == {acme["id"], other["id"]}
    assert found("environment_id=another") == set()


def test_the_override_is_replaced_whole_and_keeps_its_secrets_to_itself(
    environment: Environment,
) -> None:
    override = {
        "environment_variables": {"region": "eu"},
        "secret_environment_variables": {"k": "planted-variable"},
    }
    made = install(environment, override=override)
    path = f"{PATH}/{made['id']}"
    assert "planted" not in environment.get(path).text
    whole = {"environment_variables": {"tier": "gold"}}
    changed = environment.request("PATCH", path, json={"override": whole, "is_active": False})
    assert changed.json()["override"] == whole
    assert changed.json()["is_enabled"] is False
    assert environment.get(path).json() == changed.json()


@pytest.mark.parametrize("by", ["id", "integration_id", "name"])
def test_uninstalling_by_either_id_ends_its_accounts(acme: AcmeWorld, by: str) -> None:
    environment = acme.environment
    made = environment.get(PATH).json()["result"][0]
    key = "acme" if by == "name" else made[by]
    assert environment.request("DELETE", f"{PATH}/{key}").json() == {"id": key}
    assert environment.get(PATH).json()["result"] == []
    assert environment.get(f"/integrated-account/{acme.account}").status_code == 404
    assert environment.request("DELETE", f"{PATH}/{key}").status_code == 404


def test_a_call_through_a_switched_off_install(acme: AcmeWorld) -> None:
    install_id = acme.environment.get(PATH).json()["result"][0]["id"]
    off = acme.environment.request("PATCH", f"{PATH}/{install_id}", json={"is_enabled": False})
    assert off.json()["is_active"] is False
    assert acme.get("/proxy/people").status_code == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"integration_id": 5}, {"integration_id": "acme", "enabled": True}, {"override": []}],
)
def test_a_wrong_body(environment: Environment, body: dict[str, Any]) -> None:
    assert environment.post(PATH, json=body).status_code == 400


def test_another_environments_install(
    environment: Environment, platform: Served, http: httpx.Client
) -> None:
    theirs = install(make_environment(platform, http, "Other"))
    for verb in ("GET", "PATCH", "DELETE"):
        assert environment.request(verb, f"{PATH}/{theirs['id']}", json={}).status_code == 404


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ({"base_url": "https://elsewhere.example"}, "base_url"),
        ({"pagination": {"page": {"style": "page"}}}, "pagination.page.style"),
        ({"credentials": {"oauth2": {"scopes": ["a"]}}}, "credentials.oauth2.scopes"),
    ],
)
def test_an_override_that_would_change_nothing_is_refused(
    environment: Environment, override: dict[str, object], named: str
) -> None:
    body = {"integration_id": "acme", "is_enabled": True, "override": override}
    refused = environment.request("POST", PATH, json=body)
    assert refused.status_code == 422
    assert named in refused.json()["message"]
    assert "environment_variables" in refused.json()["message"]


def test_of_racing_installs_one_is_the_first(environment: Environment) -> None:
    def post(path: str, body: dict[str, str]) -> httpx.Response:
        headers = {"authorization": f"Bearer {environment.token}"}
        return httpx.post(environment.url + path, json=body, headers=headers, trust_env=False)

    for path, body in (
        (PATH, {"integration_id": "acme"}),
        ("/environment-unified-model", {"unified_model_id": "user-directory"}),
    ):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: post(path, body), range(8)))  # noqa: B023
        assert sorted(each.status_code for each in answers) == [200] * 7 + [201]
        assert len({each.json()["id"] for each in answers}) == 1
