"""A state file: what was there is there again, and a file that cannot be used says why."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
from sandbox.tests.receiver import run_receiver
from sandbox.tests.world import World, start_sandbox, stop_sandbox

from waypost_sandbox.control.seeding import seed_demo
from waypost_sandbox.state_file import StateFile, StateFileError
from waypost_sandbox.wire.times import parse_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.universe import Universe


def values(account: Account) -> dict[str, object]:
    held = {each.name: getattr(account, each.name) for each in fields(Account)}
    held["clock"] = account.clock.read_setting()
    return held


def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    universe = Universe("mlsn.x", keep_messages=7)
    seed_demo(universe.first)
    other = universe.add_account()
    other.clock.freeze(parse_time("2026-03-10T12:00:00Z"))
    other.plan_work(other.now(), "send_message", "x")
    file = StateFile(tmp_path / "s.sqlite")
    file.save(universe)
    file.close()
    again = Universe()
    file = StateFile(tmp_path / "s.sqlite")
    assert file.load(again)
    file.close()
    assert list(again.accounts) == list(universe.accounts)
    for account_id, account in universe.accounts.items():
        assert values(again.accounts[account_id]) == values(account)


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    universe = Universe()
    file = StateFile(tmp_path / "s.sqlite")
    file.save(universe)
    assert file.read_changes(universe) == {}
    universe.first.warnings.append({"warning": "x"})
    assert [name for _, name in file.read_changes(universe)] == ["warnings"]
    file.close()


def test_a_forgotten_account_is_gone_from_the_file(tmp_path: Path) -> None:
    universe = Universe()
    universe.add_account()
    file = StateFile(tmp_path / "s.sqlite")
    file.save(universe)
    kept = universe.reset()
    file.save(universe)
    again = Universe()
    file.load(again)
    file.close()
    assert list(again.accounts) == [kept.id]


def test_a_world_survives_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "s.sqlite")
    process, root, token = start_sandbox("--state", path, "--api-token", "mlsn.mine")
    with httpx.Client() as client, run_receiver() as receiver:
        first = client.get(f"{root}/_sandbox/accounts").json()["data"][0]["account_id"]
        world = World(root, first, token, client)
        world.seed(
            now="2026-03-10T12:00:00Z",
            domains=[{"id": "65qngkdovk8lwr12", "name": "shop.test"}],
            webhooks=[{"url": receiver.url, "events": ["activity.sent"]}],
        )
        sent = world.send().headers["x-message-id"]
        stop_sandbox(process)
        process, root, token = start_sandbox("--state", path, "--api-token", "mlsn.other")
        world = World(root, first, "mlsn.mine", client)
        assert token == "mlsn.mine"
        assert world.control("GET", "/clock")["frozen"] is True
        world.advance(10)
        assert world.control("GET", f"/outbox/{sent}")["status"] == "delivered"
        assert receiver.types() == ["activity.sent"]
        world.token = "mlsn.other"
        assert world.api("GET", "/domains").json()["meta"]["total"] == 1
    stop_sandbox(process)


def test_a_kept_world_is_not_seeded_twice(tmp_path: Path) -> None:
    path = str(tmp_path / "s.sqlite")
    for _ in range(2):
        process, root, token = start_sandbox("--state", path, "--demo-seed")
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client() as client:
            domains = client.get(f"{root}/v1/domains", headers=headers).json()
        assert domains["meta"]["total"] == 12
        stop_sandbox(process)


def test_files_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    path.write_text("this is no database, but long enough to be looked at")
    with pytest.raises(StateFileError, match="cannot be used"):
        StateFile(path)
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 99")
    db.close()
    with pytest.raises(StateFileError, match="another version"):
        StateFile(path)
    command = [sys.executable, "-m", "waypost_sandbox", "--port", "0", "--state", str(tmp_path)]
    failed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    assert failed.returncode == 2
    assert "cannot be used" in failed.stderr


def test_two_processes_do_not_share_a_file(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "s.sqlite")
    file.save(Universe())
    with pytest.raises(StateFileError, match="locked"):
        StateFile(tmp_path / "s.sqlite")
    file.close()
