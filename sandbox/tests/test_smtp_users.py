"""SMTP users: the relay's credentials."""

from __future__ import annotations

import re

import pytest
from sandbox.tests.world import World


@pytest.mark.proves(
    "GET /domains/{domain_id}/smtp-users",
    "POST /domains/{domain_id}/smtp-users",
    "GET /domains/{domain_id}/smtp-users/{smtp_user_id}",
    "PUT /domains/{domain_id}/smtp-users/{smtp_user_id}",
    "DELETE /domains/{domain_id}/smtp-users/{smtp_user_id}",
)
def test_an_smtp_user_lives_on_a_domain(world: World) -> None:
    everyone = f"/domains/{world.domains['shop.test']}/smtp-users"
    answer = world.api("POST", everyone, json={"name": "Office"})
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert list(made) == [
        "id",
        "name",
        "username",
        "password",
        "enabled",
        "accessed_at",
        "server",
        "port",
        "domain_id",
    ]
    assert re.fullmatch(r"MS_\w{6}@shop\.test", made["username"])
    assert made["enabled"] is True
    path = f"{everyone}/{made['id']}"
    changed = {"name": "Back office", "enabled": False}
    assert world.api("PUT", path, json=changed).json()["data"] == {**made, **changed}
    assert world.api("GET", path).json()["data"] == {**made, **changed}
    assert [row["id"] for row in world.api("GET", everyone).json()["data"]] == [made["id"]]
    elsewhere = f"/domains/{world.domains['new.test']}/smtp-users"
    assert world.api("GET", elsewhere).json()["data"] == []
    assert world.api("GET", f"{elsewhere}/{made['id']}").status_code == 404
    assert world.api("DELETE", path).status_code == 204
    assert world.api("GET", path).status_code == 404


def test_wrong_smtp_users_are_refused(world: World) -> None:
    everyone = f"/domains/{world.domains['shop.test']}/smtp-users"
    answer = world.api("POST", everyone, json={"enabled": "perhaps"})
    assert answer.json() == {
        "message": "The name field is required. #MS42209 (and 1 more error)",
        "errors": {
            "name": ["The name field is required. #MS42209"],
            "enabled": ["The enabled field must be true or false."],
        },
    }
    assert world.api("POST", everyone, json={"name": "x" * 51}).status_code == 422
    assert world.api("POST", "/domains/unknown/smtp-users", json={}).status_code == 404
