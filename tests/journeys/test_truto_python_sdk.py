"""Truto's published Python SDK works unchanged against a real server process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.journeys.truto_python_script import EMPTY_LISTS
from tests.support.platform_process import PlatformProcess, platform_process
from tests.support.sandbox import SandboxAccount, sandbox_process
from tests.support.truto_python_sdk import run_script, truto_python_sdk

REFUSED = {
    "integration create": 405,
    "integration update": 405,
    "integration delete": 405,
    "sandbox write": 405,
    "proxy unknown": 404,
    "schedule": 404,
    "datastore test": 405,
    "batch": 405,
    "mcp": 404,
    "webhook in": 404,
    "env webhook in": 404,
    "account gone": 404,
    **{f"get {name}": 404 for name in ("sync_jobs", "workflows", "datastores")},
    **{f"create {name}": 405 for name in ("workflows", "datastores")},
    **{f"delete {name}": 405 for name in ("workflows", "datastores")},
    "delete sync_jobs": 404,
}


def made(platform: PlatformProcess, path: str, **body: Any) -> dict[str, Any]:
    """Create something as the operator."""
    headers = {"authorization": f"Bearer {platform.operator_token}"}
    answer = httpx.post(platform.url + path, json=body, headers=headers, trust_env=False)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def populate(there: SandboxAccount) -> None:
    """Give the provider's account five people and three domains."""
    there.seed(
        users=[
            {"email": f"u{n}@acme.example", "name": f"U{n}", "role": "Manager"} for n in range(5)
        ],
        domains=[{"name": f"d{n}.acme.example"} for n in range(3)],
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Run the whole script once; give what each step came to, and the secrets it used."""
    truto_python_sdk()
    folder: Path = tmp_path_factory.mktemp("sdk")
    with sandbox_process() as sandbox:
        base_urls = json.dumps({"mailersend": f"{sandbox.root}/v1"})
        there = sandbox.account()
        populate(there)
        with platform_process(folder, base_urls=base_urls) as platform:
            shop = made(platform, "/environment", name="Shop")
            token = made(platform, "/api-token", name="server", environment_id=shop["id"])["token"]
            given = {"url": platform.url, "token": token, "provider_token": there.api_token}
            found = run_script(given)
        found["the server's log"] = platform.log.read_text()
        found["the provider's token"] = there.api_token
        yield found


def test_every_call_of_the_sdk_is_answered(outcomes: dict[str, Any]) -> None:
    refused = {
        step: outcome["status"]
        for step, outcome in outcomes.items()
        if isinstance(outcome, dict) and set(outcome) == {"status"}
    }
    assert refused == REFUSED


def test_environment_token_team_and_user(outcomes: dict[str, Any]) -> None:
    assert outcomes["ping"]["status"] == "ok"
    assert [each["name"] for each in outcomes["environments"]] == ["Shop"]
    assert outcomes["environment"] == outcomes["environments"][0]
    assert [each["name"] for each in outcomes["tokens"]] == ["server"]
    assert "token" not in outcomes["token"]
    assert outcomes["environment"]["team_id"] == outcomes["team"]["id"]
    assert outcomes["user"]["environment"] == [outcomes["environment"]["id"]]
    assert "email" in [each["name"] for each in outcomes["categories"]]


def test_integrations_are_installed_and_uninstalled(outcomes: dict[str, Any]) -> None:
    integration = outcomes["integration"]
    listed = {each["name"]: each for each in outcomes["integrations"]}
    assert listed["mailersend"] == integration
    assert integration["config"]["label"] == "MailerSend"
    methods = sum(len(methods) for methods in integration["config"]["resources"].values())
    assert methods == 141
    assert outcomes["uninstall"] == {"id": integration["id"]}
    again = outcomes["install again"]
    assert again["id"] != outcomes["install"]["id"]
    assert again["is_enabled"] is again["is_active"] is True
    assert outcomes["install twice"]["id"] == again["id"]
    assert [each["id"] for each in outcomes["installs"]] == [again["id"]]
    assert outcomes["install update"]["override"] == {"environment_variables": {"region": "eu"}}


def test_unified_models_are_installed_and_uninstalled(outcomes: dict[str, Any]) -> None:
    assert outcomes["model"]["name"] == "user-directory"
    assert outcomes["model on"] == outcomes["models on"][0]
    assert outcomes["model update"]["override"] == {"docs": {"a": "b"}}
    assert outcomes["model uninstall"] == {"id": outcomes["model"]["id"]}


def test_accounts(outcomes: dict[str, Any]) -> None:
    account = outcomes["account"]
    assert account["status"] == "active"
    assert account["context"] == {"note": "by hand"}
    assert outcomes["accounts"] == [account]
    assert outcomes["account update"]["context"] == {"note": "changed"}
    assert len(outcomes["account token"]["integrated_account_token"]) > 40
    assert outcomes["refresh"]["success"] is True
    checked = outcomes["post install"]
    assert checked["status"] == "active"
    assert checked["last_action_run_result"]["success"] is True
    assert outcomes["sandboxes"][0]["id"] == outcomes["sandbox"]["id"] == account["id"]
    assert outcomes["account delete"] == {"id": account["id"]}


def test_the_data_plane(outcomes: dict[str, Any]) -> None:
    names = sorted(each["name"] for each in outcomes["unified list"])
    assert set(names) >= {f"U{n}" for n in range(5)}, "pages of two, followed to the end"
    assert outcomes["unified get"]["id"] == outcomes["unified list"][0]["id"]
    assert outcomes["unified create"]["status"] == "invited"
    assert len(outcomes["proxy list"]) == 3
    assert outcomes["proxy get"]["name"] == outcomes["proxy list"][0]["name"]
    assert outcomes["custom get"]["result"]["data"]
    assert outcomes["custom post"]["result"]["data"]["name"] == "custom.acme.example"


def test_the_log_shows_what_was_called(outcomes: dict[str, Any]) -> None:
    entries = outcomes["logs"]
    assert {entry["request_type"] for entry in entries} == {"proxy"}
    assert len(entries) >= 5, "pages of five, followed to the end"
    listed = next(entry for entry in entries if entry["method"] == "list")
    assert listed["resource"] == "domains"
    assert listed["http_status_code"] == 200
    assert listed["result_count"] == 3
    assert outcomes["webhook logs"] == []


def test_webhooks(outcomes: dict[str, Any]) -> None:
    assert outcomes["webhook create"]["secret"].startswith("whsec_")
    assert "secret" not in outcomes["webhook"]
    assert outcomes["webhooks"] == [outcomes["webhook"]]
    assert outcomes["webhook update"]["is_active"] is False


def test_a_sync_job_is_made(outcomes: dict[str, Any]) -> None:
    made = outcomes["create sync_jobs"]
    assert (made["label"], made["resources"], made["default_runtime_version"]) == ("x", [], 4)


@pytest.mark.parametrize("name", EMPTY_LISTS)
def test_lists_without_a_feature_are_empty(outcomes: dict[str, Any], name: str) -> None:
    assert outcomes[f"empty {name}"] == []


def test_no_secret_came_back(outcomes: dict[str, Any]) -> None:
    secret = outcomes["the provider's token"]
    rest = {step: each for step, each in outcomes.items() if step != "the provider's token"}
    assert secret not in json.dumps(rest)
