"""Environments and tokens over HTTP: the operator makes them, a token's holder sees its own."""

from typing import Any

import httpx
import pytest
from tests.support.served import Served
from tests.support.world import Environment, make_environment


def operator(platform: Served, verb: str, path: str, **rest: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {platform.operator_token}"}
    return httpx.request(verb, platform.url + path, headers=headers, trust_env=False, **rest)


def test_the_operator_makes_an_environment_and_a_token(platform: Served) -> None:
    made = operator(platform, "POST", "/environment", json={"name": "Fresh"})
    assert made.status_code == 201
    shop = made.json()
    body = {"name": "server", "environment_id": shop["id"]}
    issued = operator(platform, "POST", "/api-token", json=body)
    assert issued.status_code == 201
    token = issued.json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    seen = httpx.get(platform.url + "/environment", headers=headers, trust_env=False).json()
    assert [each["id"] for each in seen["result"]] == [shop["id"]]
    assert (seen["next_cursor"], seen["limit"]) == (None, 5000)
    again = operator(platform, "GET", f"/api-token/{issued.json()['id']}").json()
    assert "token" not in again
    assert token not in again.values()
    assert operator(platform, "DELETE", f"/api-token/{again['id']}").json() == {"id": again["id"]}
    refused = httpx.get(platform.url + "/environment", headers=headers, trust_env=False)
    assert refused.status_code == 401
    assert operator(platform, "DELETE", f"/environment/{shop['id']}").json() == {"id": shop["id"]}
    assert operator(platform, "GET", f"/environment/{shop['id']}").status_code == 404


def test_the_operator_lists_in_pages(platform: Served) -> None:
    for n in range(3):
        operator(platform, "POST", "/environment", json={"name": f"Paged {n}"})
    query = "name[like]=Paged%25&sort=-created_at&limit=2"
    first = operator(platform, "GET", f"/environment?{query}").json()
    assert [each["name"] for each in first["result"]] == ["Paged 2", "Paged 1"]
    rest = operator(platform, "GET", f"/environment?{query}&next_cursor={first['next_cursor']}")
    assert [each["name"] for each in rest.json()["result"]] == ["Paged 0"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "'name' is missing"),
        ({"name": ""}, "1 to 200"),
        ({"nam": "x"}, "did you mean 'name'"),
        ({"name": 5}, "'name'"),
    ],
)
def test_a_wrong_environment(platform: Served, body: dict[str, Any], message: str) -> None:
    answer = operator(platform, "POST", "/environment", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_a_token_that_ends_in_the_past(platform: Served, environment: Environment) -> None:
    body = {"name": "x", "environment_id": environment.id, "expires_at": "2001-01-01"}
    assert operator(platform, "POST", "/api-token", json=body).status_code == 400
    body["expires_at"] = "2999-01-01T00:00:00Z"
    made = operator(platform, "POST", "/api-token", json=body)
    assert made.json()["expires_at"] == "2999-01-01T00:00:00.000Z"


def test_a_holder_may_rename_but_not_make(environment: Environment) -> None:
    path = f"/environment/{environment.id}"
    renamed = environment.request("PATCH", path, json={"name": "Other", "team_id": "ignored"})
    assert renamed.json()["name"] == "Other"
    assert environment.get(path).json()["name"] == "Other"
    assert environment.post("/environment", json={"name": "X"}).status_code == 403
    assert environment.request("DELETE", path).status_code == 403
    body = {"name": "x", "environment_id": environment.id}
    assert environment.post("/api-token", json=body).status_code == 403


def test_another_environment_is_not_found(
    environment: Environment, platform: Served, http: httpx.Client
) -> None:
    other = make_environment(platform, http, "Other")
    assert environment.get(f"/environment/{other.id}").status_code == 404
    renamed = environment.request("PATCH", f"/environment/{other.id}", json={"name": "Mine"})
    assert renamed.status_code == 404
    assert environment.get(f"/api-token?environment_id={other.id}").json()["result"] == []
    theirs = other.get("/api-token").json()["result"][0]["id"]
    assert environment.get(f"/api-token/{theirs}").status_code == 404


def test_team_and_user(environment: Environment, platform: Served) -> None:
    team = environment.get("/team").json()["result"][0]
    assert environment.get(f"/team/{team['id']}").json() == team
    assert environment.get("/team/x").status_code == 404
    refused = environment.request("PATCH", f"/team/{team['id']}", json={})
    assert refused.status_code == 405
    user = environment.get("/user?name=Operator").json()["result"][0]
    assert environment.get(f"/user/{user['id']}").json() == user
    assert environment.get("/user/x").status_code == 404
    assert operator(platform, "GET", "/user").json()["result"][0]["environment"] == []
