"""The program itself: start, options, seeds, end; and its generated page."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from sandbox.tests.world import make_email, start_sandbox, stop_sandbox

from waypost_sandbox.coverage import list_operations, write_coverage
from waypost_sandbox.resources import GROUPS, all_routes

SANDBOX = Path(__file__).resolve().parents[1]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "waypost_sandbox", *arguments],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def test_it_starts_fast_and_ends_at_once() -> None:
    # Work and not waiting: a second of a busy machine is many of the clock's.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process, root, token = start_sandbox("--api-token", "mlsn.mine")
    assert token == "mlsn.mine"
    with httpx.Client(base_url=root) as client:
        headers = {"Authorization": "Bearer mlsn.mine"}
        assert client.get("/v1/domains", headers=headers).status_code == 200
        began = time.monotonic()
        stop_sandbox(process)
    assert time.monotonic() - began < 5
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


def test_help_says_everything() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for option in ("--host", "--port", "--api-token", "--seed", "--demo-seed", "--rate-limits"):
        assert option in shown.stdout
    assert "Not affiliated" in shown.stdout


@pytest.mark.parametrize("name", ["world.yaml", "world.json"])
def test_a_world_may_come_from_a_file(tmp_path: Path, name: str) -> None:
    seed = tmp_path / name
    if name.endswith("yaml"):
        seed.write_text("domains:\n  - name: filed.test\n    created_at: 2026-01-01\n")
    else:
        seed.write_text(json.dumps({"domains": [{"name": "filed.test"}]}))
    process, root, token = start_sandbox("--seed", str(seed))
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=root, headers=headers) as client:
        assert client.get("/v1/domains").json()["data"][0]["name"] == "filed.test"
    stop_sandbox(process)


def test_a_wrong_seed_file_says_what_is_wrong(tmp_path: Path) -> None:
    seed = tmp_path / "world.json"
    seed.write_text('{"domain": []}')
    failed = run("--port", "0", "--seed", str(seed))
    assert failed.returncode == 2
    assert "'domains'" in failed.stderr
    assert run("--port", "0", "--seed", str(tmp_path / "none.json")).returncode == 2


def test_a_taken_port_is_named() -> None:
    process, root, _ = start_sandbox()
    failed = run("--port", root.rpartition(":")[2])
    stop_sandbox(process)
    assert failed.returncode == 2
    assert "cannot listen" in failed.stderr


def test_the_demo_world_is_believable() -> None:
    process, root, token = start_sandbox("--demo-seed")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{root}/v1", headers=headers) as client:
        domains = client.get("/domains").json()["data"]
        assert [domain["is_verified"] for domain in domains].count(True) == 9
        assert len(domains) == 12
        users = client.get("/users").json()["data"]
        assert len(users) == 7
        assert {user["role"] for user in users} == {
            "Admin",
            "Manager",
            "Designer",
            "Accountant",
            "Custom User",
        }
        assert all(user["permissions"] for user in users if user["role"] == "Custom User")
        assert client.get("/invites").json()["meta"]["total"] == 2
        assert len(client.get("/templates").json()["data"]) == 3
        assert len(client.get("/messages").json()["data"]) == 4
        now = int(time.time())
        path = f"/activity/{domains[-1]['id']}"
        window = {"date_from": now - 7 * 86400, "date_to": now}
        assert len(client.get(path, params=window).json()["data"]) > 5
    stop_sandbox(process)


def test_coverage_is_fresh() -> None:
    written = (SANDBOX / "COVERAGE.md").read_text("utf-8")
    assert written == write_coverage(), "run: waypost-sandbox coverage > sandbox/COVERAGE.md"


def test_every_route_is_a_public_operation() -> None:
    operations = [each["operation"] for each in list_operations()]
    assert len(operations) == len(set(operations)) == 141
    ours = [route.operation for route in all_routes()]
    assert len(ours) == len(set(ours))
    assert set(ours) <= set(operations)
    assert len(GROUPS) == len({name for name, _ in GROUPS})


def test_mail_has_a_port_that_the_start_line_names() -> None:
    process, root, _ = start_sandbox()
    health = httpx.get(f"{root}/_sandbox/health").json()
    with socket.create_connection((health["smtp"]["host"], health["smtp"]["port"])) as connection:
        assert connection.recv(100).startswith(b"220 ")
    failed = run("--port", "0", "--smtp-port", str(health["smtp"]["port"]))
    assert failed.returncode == 2
    assert "cannot take mail" in failed.stderr
    stop_sandbox(process)


def test_mail_can_be_off() -> None:
    process, root, _ = start_sandbox("--smtp-port", "off")
    assert httpx.get(f"{root}/_sandbox/health").json()["smtp"] is None
    stop_sandbox(process)


def test_settings_of_the_command_line_are_every_accounts() -> None:
    process, root, _ = start_sandbox("--public-url", "https://box.example/", "--keep", "5")
    with httpx.Client(base_url=root) as client:
        client.post("/_sandbox/seed", json={"domains": [{"name": "shop.test"}]})
        made = client.post("/_sandbox/accounts").json()
        account = {"account": made["account_id"]}
        client.post("/_sandbox/seed", params=account, json={"domains": [{"name": "shop.test"}]})
        headers = {"Authorization": f"Bearer {made['api_token']}"}
        sent = client.post("/v1/email", headers=headers, json=make_email())
        client.post("/_sandbox/clock", params=account, json={"advance": 10})
        path = f"/_sandbox/outbox/{sent.headers['x-message-id']}"
        letter = client.get(path, params=account).json()
    assert "https://box.example/track/open/" in letter["html"]
    stop_sandbox(process)


@pytest.mark.parametrize("option", ["--smtp-port=70000", "--forward-smtp=nowhere"])
def test_wrong_options_are_refused(option: str) -> None:
    assert run(option).returncode == 2
