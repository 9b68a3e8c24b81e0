"""Another environment does not exist, wherever its ids are put: in paths, queries and bodies."""

from typing import Any

import pytest
from tests.support.world import AcmeWorld, Environment, make_environment


@pytest.fixture
def other(acme: AcmeWorld) -> Environment:
    """Give another environment on the same server, with an account of its own."""
    made = make_environment(acme.environment.served, acme.environment.http, "Bank")
    made.link("acme", {"api_key": "theirs"})
    return made


def bodies(acme: AcmeWorld) -> dict[str, dict[str, Any]]:
    """Return a right body for everything one can POST."""
    here = acme.environment
    model = here.post("/environment-unified-model", json={"unified_model_id": "user-directory"})
    return {
        "/environment-integration": {"integration_id": "mailersend"},
        "/environment-unified-model": {"unified_model_id": "user-directory"},
        "/environment-unified-model-resource-method": {
            "environment_unified_model_id": model.json()["id"],
            "resource_name": "users",
            "integration_name": "acme",
            "method_name": "list",
            "config": {"query": {"a": "b"}},
        },
        "/link-token": {"tenant_id": "tenant-1"},
        "/integrated-account": {
            "tenant_id": "tenant-1",
            "environment_integration_id": here.installs["acme"],
            "context": {"api_key": "k"},
        },
        "/integrated-account/token": {"integrated_account_id": acme.account},
        "/integrated-account/bulk-delete": {"tenant_id": "nobody"},
        "/tenant": {"id": "tenant-9"},
        "/tenant/bulk": {"tenants": [{"id": "tenant-8"}]},
        "/webhook": {"target_url": "https://shop.test/hook"},
    }


def test_another_environment_in_a_body_is_not_found(acme: AcmeWorld, other: Environment) -> None:
    for path, body in bodies(acme).items():
        for elsewhere in (other.id, "no-such-environment"):
            answer = acme.environment.post(path, json={**body, "environment_id": elsewhere})
            assert answer.status_code == 404, (path, answer.text)
            assert answer.json()["message"] == "There is no such environment."


def test_ones_own_environment_in_a_body_is_fine(acme: AcmeWorld) -> None:
    for path, body in bodies(acme).items():
        answer = acme.environment.post(path, json={**body, "environment_id": acme.environment.id})
        assert answer.status_code in (200, 201), (path, answer.text)


def test_the_bodies_of_many_are_read_like_those_of_one(acme: AcmeWorld, other: Environment) -> None:
    def posted(**each: Any) -> Any:
        return acme.environment.post("/tenant/bulk", json={"tenants": [{"id": "t-1"}, each]})

    assert posted(id="t-2", environment_id=other.id).status_code == 404
    assert posted(name="without an id").status_code == 400
    assert posted(id="t-2", nmae="typed wrong").status_code == 400
    assert posted(id="t-2", environment_id=acme.environment.id).status_code in (200, 201)


def test_changes_may_carry_the_environment_and_move_nothing(
    acme: AcmeWorld, other: Environment
) -> None:
    webhook = acme.environment.made("/webhook", target_url="https://shop.test/hook")
    install = acme.environment.installs["acme"]
    changes: dict[str, dict[str, Any]] = {
        f"/integrated-account/{acme.account}": {"context": {"api_key": "k2"}},
        f"/environment-integration/{install}": {"is_enabled": True},
        f"/webhook/{webhook}": {"is_active": False},
        "/tenant/tenant-1": {"name": "One"},
    }
    for path, change in changes.items():
        for elsewhere, status in ((other.id, 404), (acme.environment.id, 200)):
            body = {**change, "environment_id": elsewhere}
            answer = acme.environment.request("PATCH", path, json=body)
            assert answer.status_code == status, (path, answer.text)
