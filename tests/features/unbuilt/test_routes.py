"""What is not built yet: empty lists, 404 for one of them, and plain refusals; never a 500."""

import httpx
import pytest
from tests.support.served import Served
from tests.support.world import AcmeWorld, Environment, make_environment

from waypost.features.unbuilt.routes import ACTS, INCOMING, LISTS


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_empty(environment: Environment, name: str) -> None:
    query = "limit=10&next_cursor=&integration_id=x&sort=label&state_key=a"
    assert environment.get(f"/{name}?{query}").json() == {
        "result": [],
        "next_cursor": None,
        "limit": 10,
    }
    assert environment.get(f"/{name}/x").status_code == 404
    assert environment.get(f"/{name}?limit=none").status_code == 400


@pytest.mark.parametrize("name", [*LISTS, *ACTS])
def test_it_takes_nothing(environment: Environment, name: str) -> None:
    for verb, place in (
        ("POST", f"/{name}"),
        ("PATCH", f"/{name}/x"),
        ("DELETE", f"/{name}/x"),
        ("POST", f"/{name}/x/schedule"),
        ("POST", f"/{name}/test"),
    ):
        answer = environment.request(verb, place, content=b"not json")
        assert answer.status_code == 405
        assert answer.json()["error"] == "Method Not Allowed"
        assert "not built yet" in answer.json()["message"]


@pytest.mark.parametrize("place", [*(f"/{name}/x" for name in INCOMING), "/mcp/x"])
def test_public_addresses_answer_in_the_envelope(environment: Environment, place: str) -> None:
    answer = httpx.post(environment.url + place, json={}, trust_env=False)
    assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)


def test_an_accounts_mcp_servers(acme: AcmeWorld, platform: Served, http: httpx.Client) -> None:
    path = f"/integrated-account/{acme.account}/mcp"
    assert acme.environment.get(path).json()["result"] == []
    assert acme.environment.post(path, json={}).status_code == 405
    assert acme.environment.get(f"{path}/x").status_code == 404
    assert make_environment(platform, http, "Other").get(path).status_code == 404
