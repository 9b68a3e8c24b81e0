"""`waypost vault rotate` beside a serving process: the old key goes, the account still opens."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.platform_process import PlatformProcess, platform_process
from tests.support.sandbox import sandbox_process


def ask(platform: PlatformProcess, verb: str, path: str, token: str, body: Any = None) -> Any:
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx.request(verb, platform.url + path, headers=headers, json=body, trust_env=False)
    assert answer.is_success, answer.text
    return answer.json()


@pytest.mark.slow
def test_rotating_from_the_command_line(tmp_path: Path) -> None:
    with sandbox_process() as sandbox:
        base_urls = json.dumps({"mailersend": f"{sandbox.root}/v1"})
        with platform_process(tmp_path, base_urls=base_urls) as platform:
            operator = platform.operator_token
            shop = ask(platform, "POST", "/environment", operator, {"name": "Shop"})
            order = {"name": "server", "environment_id": shop["id"]}
            token = ask(platform, "POST", "/api-token", operator, order)["token"]
            wanted = {"integration_id": "mailersend"}
            install = ask(platform, "POST", "/environment-integration", token, wanted)
            account = ask(
                platform,
                "POST",
                "/integrated-account",
                token,
                {
                    "tenant_id": "t",
                    "environment_integration_id": install["id"],
                    "context": {"api_token": sandbox.account().api_token},
                },
            )
            call = f"/proxy/domains?integrated_account_id={account['id']}"
            ask(platform, "GET", call, token)
            before = json.loads((platform.data_dir / "keys.json").read_text())
            done = platform.command("vault", "rotate")
            assert done.returncode == 0, done.stderr
            assert f"{before['current']} was retired." in done.stdout
            after = json.loads((platform.data_dir / "keys.json").read_text())
            assert list(after["keys"]) == [after["current"]] != [before["current"]]
            ask(platform, "GET", call, token)
            # A fresh link seals under the new key although this process started with the old one.
            change = {"context": {"api_token": sandbox.account().api_token}}
            path = f"/integrated-account/{account['id']}/credentials"
            ask(platform, "PATCH", path, token, change)
            ask(platform, "GET", call, token)
        with platform_process(tmp_path, base_urls=base_urls) as again:
            ask(again, "GET", call, token)
