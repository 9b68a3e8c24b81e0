"""Imports and checks: what the provider says becomes the account's status."""

from typing import Any

import httpx
import pytest
from tests.support.world import World

PROBE_RESULT = "last_action_run_result"


def bring_in(world: World, token: str, **more: Any) -> httpx.Response:
    body = {
        "tenant_id": "imported",
        "environment_integration_id": world.environment.installs["mailersend"],
        "context": {"api_token": token},
        **more,
    }
    return world.environment.post("/integrated-account", json=body)


def check(world: World, account_id: str) -> dict[str, Any]:
    path = "/integrated-account/run-post-install-actions"
    answer = world.environment.post(path, json={"id": account_id})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events(world: World) -> list[str]:
    types = [each.removeprefix("integrated_account:") for each in world.environment.events()]
    return types[types.index("created") + 1 :] if "created" in types else types


def test_an_import_is_active_at_once(world: World) -> None:
    made = bring_in(world, world.sandbox.api_token)
    assert made.status_code == 201
    assert made.json()["status"] == "active"
    assert made.json()["authentication_method"] == "api_key"
    assert world.sandbox.calls() == []
    assert world.environment.events()[-2:] == [
        "integrated_account:created",
        "integrated_account:active",
    ]
    used = f"/proxy/domains?integrated_account_id={made.json()['id']}"
    assert world.environment.get(used).status_code == 200


def test_an_import_that_asks_is_checked_first(world: World) -> None:
    good = bring_in(world, world.sandbox.api_token, validate=True).json()
    assert (good["status"], good[PROBE_RESULT]["success"]) == ("active", True)
    assert world.sandbox.calls() != []
    bad = bring_in(world, "mlsn.wrong", validate=True).json()
    assert (bad["status"], bad[PROBE_RESULT]["success"]) == ("validation_error", False)
    assert bad["last_error"]["type"] == "validation_error"
    assert world.environment.events()[-1] == "integrated_account:validation_error"


def test_a_check_moves_the_account_both_ways(world: World) -> None:
    assert check(world, world.account)["success"] is True
    path = f"/integrated-account/{world.account}/credentials"
    broken = {"context": {"api_token": "mlsn.wrong"}}
    changed = world.environment.request("PATCH", path, json=broken)
    assert changed.json()["status"] == "active", "credentials are taken as they are"
    failed = check(world, world.account)
    assert (failed["success"], failed["status"]) == (False, "validation_error")
    mended = {"context": {"api_token": world.sandbox.api_token}, "validate": True}
    again = world.environment.request("PATCH", path, json=mended)
    assert again.json()["status"] == "active"
    assert again.json()["last_error"] is None


def test_overrides_come_with_an_import(world: World) -> None:
    override = {"user-directory": {"users": {"list": {"query": {"a": "b"}}}}}
    made = bring_in(world, "mlsn.x", unified_model_override=override).json()
    assert made["unified_model_override"] == override
    wrong = bring_in(world, "mlsn.x", unified_model_override={"user-directry": {}})
    assert wrong.status_code == 400
    assert "did you mean 'user-directory'" in wrong.json()["message"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"environment_integration_id": "x"}, 404, "environment integration"),
        ({"authentication_method": "oauth2"}, 400, "oauth2"),
        ({"region": "moon"}, 400, "region"),
        ({"tenant_id": ""}, 400, "tenant_id"),
        ({"context": {"api_token": {"a": 1}}}, 400, "api_token"),
    ],
)
def test_a_wrong_import(world: World, body: dict[str, Any], status: int, message: str) -> None:
    before = world.environment.get("/integrated-account").json()["result"]
    answer = bring_in(world, "mlsn.x", **body)
    assert answer.status_code == status
    assert message in answer.json()["message"]
    assert world.environment.get("/integrated-account").json()["result"] == before


def test_a_switched_off_integration_is_refused_before_anything_is_written(world: World) -> None:
    install = f"/environment-integration/{world.environment.installs['mailersend']}"
    off = world.environment.request("PATCH", install, json={"is_enabled": False})
    assert off.status_code == 200, off.text
    before = world.environment.get("/integrated-account").json()["result"]
    events_before = world.environment.events()
    for more in ({}, {"validate": True}):
        answer = bring_in(world, "mlsn.x", **more)
        assert answer.status_code == 403
        assert "mailersend is switched off" in answer.json()["message"]
    path = f"/integrated-account/{world.account}/credentials"
    body = {"context": {"api_token": "mlsn.other"}, "validate": True}
    answer = world.environment.request("PATCH", path, json=body)
    assert answer.status_code == 403
    assert world.environment.get("/integrated-account").json()["result"] == before
    assert world.environment.events() == events_before
    assert world.environment.request("PATCH", install, json={"is_enabled": True}).is_success
    assert world.environment.get(f"/proxy/domains?integrated_account_id={world.account}").is_success
