"""An account at the bare provider in a platform that is a process of its own, and its records."""

from typing import Any

import httpx
from tests.support.platform_process import PlatformProcess
from tests.support.world import ACME_KEY


def link_acme(platform: PlatformProcess, http: httpx.Client) -> tuple[str, str]:
    """Return the API token of a new environment, and an account that is active in it."""
    return link_account(platform, http, "acme", {"api_key": ACME_KEY})


def link_account(
    platform: PlatformProcess, http: httpx.Client, integration: str, context: dict[str, str]
) -> tuple[str, str]:
    """Return the API token of a new environment, and an account of an integration in it."""

    def made(token: str, path: str, **body: object) -> dict[str, str]:
        headers = {"authorization": f"Bearer {token}"}
        answer = http.post(platform.url + path, json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, str] = answer.json()
        return found

    environment = made(platform.operator_token, "/environment", name="Shop")["id"]
    named = {"environment_id": environment, "name": "t"}
    token = made(platform.operator_token, "/api-token", **named)["token"]
    install = made(token, "/environment-integration", integration_id=integration)["id"]
    account = made(
        token,
        "/integrated-account",
        tenant_id="t",
        environment_integration_id=install,
        context=context,
    )
    return token, account["id"]


def every_record(platform: PlatformProcess, token: str, http: httpx.Client) -> list[dict[str, Any]]:
    """Return all call records of the token's environment, page by page."""
    found: list[dict[str, Any]] = []
    path = "/log?limit=100"
    while True:
        page = http.get(platform.url + path, headers={"authorization": f"Bearer {token}"}).json()
        found += page["result"]
        if not page["next_cursor"]:
            return found
        path = f"/log?limit=100&next_cursor={page['next_cursor']}"
