"""Every route by every kind of token: none 401, the wrong kind 403, another environment's id 404."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from tests.support.raw_client import exchange, request_bytes
from tests.support.served import Served
from tests.support.world import ACME_KEY, Environment, make_environment

from waypost.entrypoints.admin import routers
from waypost.entrypoints.http.doors import is_public, kinds_for
from waypost.features.syncs.definitions.templates import DIRECTORY

DATA_PLANE = (
    ("GET", "/unified/user-directory/users"),
    ("POST", "/unified/user-directory/users"),
    ("GET", "/proxy/people"),
    ("DELETE", "/proxy/people/1"),
    ("PUT", "/custom/people"),
    ("GET", "/passthrough/{account_id}/people"),
    ("GET", "/unified/user-directory/users/meta/list"),
)
OF_ONE_ACCOUNT = {
    *(each for each in DATA_PLANE),
    ("GET", "/integrated-account/me"),
    ("PATCH", "/integrated-account/me"),
    ("POST", "/link-token/post-connect-form"),
}
OF_THE_OPERATOR = {
    ("GET", "/environment"),
    ("POST", "/environment"),
    ("GET", "/environment/{environment_id}"),
    ("PATCH", "/environment/{environment_id}"),
    ("DELETE", "/environment/{environment_id}"),
    ("GET", "/api-token"),
    ("POST", "/api-token"),
    ("GET", "/api-token/{token_id}"),
    ("DELETE", "/api-token/{token_id}"),
    ("GET", "/team"),
    ("GET", "/team/{team_id}"),
    ("GET", "/user"),
    ("GET", "/user/{user_id}"),
    ("POST", "/vault/rotate"),
}
ONLY_THE_OPERATOR = {
    ("POST", "/environment"),
    ("DELETE", "/environment/{environment_id}"),
    ("POST", "/api-token"),
    ("DELETE", "/api-token/{token_id}"),
    ("POST", "/vault/rotate"),
}
BODIES: dict[str, Any] = {
    "/environment/{environment_id}": {"name": "Mine"},
    "/environment-unified-model/{install_id}": {"override": {}},
    "/environment-unified-model-resource-method/{override_id}": {"config": {}},
    "/integrated-account/{account_id}/credentials": {"context": {}},
    "/webhook/{webhook_id}/replay": {"state": "failed"},
    "/sync-job-run/{run_id}": {"status": "stopped"},
    "/sync-job-run-state/{name}": {"value": 1},
}
OF_THE_CATALOG = {"integration_id", "model_id", "mapping_id", "team_id", "user_id", "id", "rest"}
"""Path parameters that belong to no environment."""


def routes(router: APIRouter) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route


def every_route(platform: Served) -> list[tuple[str, str]]:
    found = {
        (method, route.path)
        for router in routers(platform.kernel)
        for route in routes(router)
        for method in route.methods or ()
        if not is_public(route.path)
    }
    return sorted(found | set(DATA_PLANE))


@dataclass
class Other:
    """Another environment with one of everything."""

    environment: Environment
    ids: dict[str, str]

    def place(self, path: str) -> str:
        """Return a path with this environment's ids in it; what is not of it stays made up."""
        if "unified-model/" in path:
            path = path.replace("{install_id}", self.ids["model_install_id"])
        for name, value in self.ids.items():
            path = path.replace("{" + name + "}", value)
        return path


@pytest.fixture
def other(platform: Served, http: httpx.Client) -> Other:
    there = make_environment(platform, http, "Other")
    account = there.link("acme", {"api_key": ACME_KEY})
    model = there.post("/environment-unified-model", json={"unified_model_id": "user-directory"})
    override = {
        "environment_unified_model_id": model.json()["id"],
        "resource_name": "users",
        "integration_name": "acme",
        "method_name": "list",
        "config": {},
    }
    path = "/environment-unified-model-resource-method"
    hook = there.post("/webhook", json={"target_url": "https://app.example"})
    held = there.post(
        "/suppression", json={"tenant_id": "tenant-1", "address": "a@b.test", "reason": "manual"}
    )
    assert held.status_code == 201, held.text
    job = there.made("/sync-job", sync_job_template_id=DIRECTORY.id)
    ordered = {"sync_job_id": job, "integrated_account_id": account}
    nodes = there.get(f"/sync-job/{job}").json()["resources"]
    ids = {
        "environment_id": there.id,
        "token_id": there.get("/api-token").json()["result"][0]["id"],
        "install_id": there.installs["acme"],
        "model_install_id": model.json()["id"],
        "override_id": there.post(path, json=override).json()["id"],
        "account_id": account,
        "mcp_id": "x",
        "tenant_id": "tenant-1",
        "webhook_id": hook.json()["id"],
        "suppression_id": held.json()["id"],
        "job_id": job,
        "run_id": there.made("/sync-job-run", **ordered),
        "trigger_id": there.made("/sync-job-cron-trigger", cron_expression="0 3 * * *", **ordered),
        "template_id": there.made("/sync-job-template", label="Mine", resources=nodes),
        # Nothing was sent, delivered, kept or read there: any id is another's.
        **dict.fromkeys(("delivery_id", "send_id", "kept_id", "name"), "x"),
    }
    return Other(there, ids)


def ask(other: Other, method: str, path: str, token: str | None) -> int:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = other.environment.url + other.place(path)
    return other.environment.http.request(method, url, headers=headers).status_code


def test_the_walk_sees_the_routes(platform: Served) -> None:
    found = every_route(platform)
    assert len(found) > 100
    assert set(found) >= (OF_ONE_ACCOUNT | OF_THE_OPERATOR)


def test_without_a_token(platform: Served, other: Other) -> None:
    for method, path in every_route(platform):
        assert ask(other, method, path, None) == 401, (method, path)
        assert ask(other, method, path, "no-such-token") == 401, (method, path)


def test_an_account_token_passes_few_doors(platform: Served, other: Other) -> None:
    token = other.environment.account_token(other.ids["account_id"])
    for method, path in every_route(platform):
        status = ask(other, method, path, token) if (method, path) not in OF_ONE_ACCOUNT else 403
        assert status == 403, (method, path)
    for method, path in sorted(OF_ONE_ACCOUNT):
        assert ask(other, method, path, token) not in (401, 403), (method, path)


def test_the_operator_passes_few_doors(platform: Served, other: Other) -> None:
    for method, path in every_route(platform):
        if (method, path) not in OF_THE_OPERATOR:
            assert ask(other, method, path, platform.operator_token) == 403, (method, path)
    for method, path in sorted(OF_THE_OPERATOR - {("DELETE", "/environment/{environment_id}")}):
        assert ask(other, method, path, platform.operator_token) not in (401, 403), (method, path)


def test_an_api_token_may_not_do_the_operators_work(platform: Served, other: Other) -> None:
    for method, path in every_route(platform):
        status = kinds_for(method, path)
        assert ("api_token" in status) is ((method, path) not in ONLY_THE_OPERATOR), (method, path)
    for method, path in sorted(ONLY_THE_OPERATOR):
        assert ask(other, method, path, other.environment.token) == 403, (method, path)


def test_another_environments_ids_are_not_found(
    platform: Served, other: Other, environment: Environment
) -> None:
    walked = 0
    for method, path in every_route(platform):
        names = {part.strip("{}").partition(":")[0] for part in path.split("/") if "{" in part}
        if not names or names & OF_THE_CATALOG or (method, path) in ONLY_THE_OPERATOR:
            continue
        if path.endswith("/mcp") and method == "POST":  # refused before anything is looked up
            continue
        assert names <= set(other.ids), f"say where {names} come from"
        asked = {"why": "a test"} if "suppression_id" in names else {}
        asked |= {"state_key": "k"} if path.startswith("/sync-job-run-state") else {}
        answer = environment.request(
            method, other.place(path), json=BODIES.get(path, {}), params=asked
        )
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.json()["statusCode"] == 404
        walked += 1
    assert walked > 25
    theirs = {"integrated_account_id": other.ids["account_id"]}
    for method, path in DATA_PLANE:
        answer = environment.request(method, other.place(path), params=theirs)
        assert answer.status_code == 404, (method, path)


DISGUISES = (
    ("GET", "/proxy/people"),
    ("GET", "/unified/user-directory/users"),
    ("GET", "/unified/meta/user-directory"),
    ("GET", "/custom/people"),
    ("GET", "/passthrough/{account_id}/people"),
    ("POST", "/environment"),
    ("GET", "/environment/{environment_id}"),
    ("GET", "/integrated-account/{account_id}"),
    ("POST", "/vault/rotate"),
    ("GET", "/ping"),
)


def disguised(path: str) -> list[str]:
    """Return other spellings of a path: percent-encoded here and there, doubled, or made longer."""
    _, first, *rest = path.split("/")
    hidden = "".join(f"%{ord(each):02x}" for each in first)
    tail = "/".join(["", *rest]) if rest else ""
    return [
        f"/{hidden}{tail}",
        f"/%{ord(first[0]):02X}{first[1:]}{tail}",
        f"//{hidden}//{tail.lstrip('/')}" if tail else f"//{hidden}",
        f"/{first}%2F{tail.lstrip('/')}",
        f"/%2f{first}{tail}",
        f"/ping/..%2f{first}{tail}",
        f"/ping/%2e%2e/{first}{tail}",
        f"/static/../{first}{tail}",
        f"/{first}{tail}%0a",
        f"/{first}{tail}%3f",
        f"/{first}{tail};x=y",
    ]


def test_no_spelling_of_a_path_leads_past_its_door(platform: Served, other: Other) -> None:
    """A disguised path is the plain one, with the same checks, or it is nothing at all."""
    tokens = {
        "none": None,
        "account": other.environment.account_token(other.ids["account_id"]),
        "api": other.environment.token,
        "operator": platform.operator_token,
    }
    passed = 0
    for method, path in DISGUISES:
        for kind, token in tokens.items():
            given = {"Authorization": f"Bearer {token}"} if token else {"X-None": "1"}

            def status(target: str, verb: str = method, given: dict[str, str] = given) -> int:
                request = request_bytes(verb, target, given)
                return exchange(platform.url, request).status

            plain = status(other.place(path))
            for spelling in disguised(other.place(path)):
                found = status(spelling)
                # Past its check, a path without its body or account would be told 400.
                nothing = (401, 403, 404, 405, *(() if plain in (401, 403) else (400,)))
                assert found == plain or found in nothing, (kind, spelling, plain, found)
                passed += found == plain
    assert passed > 50, "some spellings are the plain path"
