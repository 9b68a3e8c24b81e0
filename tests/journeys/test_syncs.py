"""Syncs through everything real: killed in the middle, out of quota, and going on."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from tests.support.acme_process import link_account
from tests.support.endpoint import Endpoint, endpoint
from tests.support.platform_process import PlatformProcess, platform_process
from tests.support.sandbox import Sandbox, SandboxAccount
from tests.support.syncs import Syncs, keep, request, tell
from tests.support.world import Environment, World

PEOPLE = 350
PAGES = 4
SECONDS = 60.0


def crowd(there: SandboxAccount, count: int) -> None:
    """Give the provider's account people it has written to."""
    there.seed(
        recipients=[
            {"id": f"r{number:023}", "email": f"p{number:04}@orchard.test"}
            for number in range(count)
        ]
    )


class Owner:
    """The owner of an environment of a platform that is a process of its own."""

    def __init__(self, http: httpx.Client, token: str) -> None:
        self.http = http
        self.headers = {"authorization": f"Bearer {token}"}

    def post(self, platform: PlatformProcess, path: str, **body: Any) -> dict[str, Any]:
        answer = self.http.post(platform.url + path, json=body, headers=self.headers)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    def wait(self, platform: PlatformProcess, run: str, *, fetched: int) -> dict[str, Any]:
        """Return a run once it has fetched so many records, or has ended."""
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            found = self.http.get(f"{platform.url}/sync-job-run/{run}", headers=self.headers).json()
            stats = found["resource_stats"].get("recipients", {}).get("list", {})
            if found["status"] in ("completed", "failed") or stats.get("fetched", 0) >= fetched:
                seen: dict[str, Any] = found
                return seen
            time.sleep(0.02)
        raise AssertionError(f"it does not go on:\n{platform.log.read_text()[-3000:]}")


def told(here: Endpoint, wanted: int) -> list[dict[str, Any]]:
    """Return the events that arrived, each once, when so many records were told."""
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        events = {each.json["id"]: each.json for each in list(here.received)}
        created = [e for e in events.values() if e["event"] == "record:created"]
        if len(created) >= wanted:
            return list(events.values())
        time.sleep(0.05)
    raise AssertionError(f"{len(here.received)} deliveries came in")


def test_a_killed_sync_goes_on_and_tells_everybody_once(
    tmp_path: Path, sandbox: Sandbox, http: httpx.Client
) -> None:
    there = sandbox.account()
    crowd(there, PEOPLE)
    there.fault(method="GET", path="/v1/recipients*", times=PAGES + 1, delay_ms=400)
    settings = {"base_urls": json.dumps({"mailersend": f"{sandbox.root}/v1"})}
    with endpoint() as here:
        with platform_process(tmp_path / "platform", **settings) as platform:
            token, account = link_account(
                platform, http, "mailersend", {"api_token": there.api_token}
            )
            owner = Owner(http, token)
            types = ["record:created", "record:deleted", "sync_job_run:completed"]
            owner.post(platform, "/webhook", target_url=here.url, event_types=types)
            people = request("people", "recipients", delete_tracking="soft")
            nodes = [people, keep("people"), tell("people")]
            job = owner.post(platform, "/sync-job", resources=nodes)["id"]
            order = {"sync_job_id": job, "integrated_account_id": account}
            run = owner.post(platform, "/sync-job-run", **order)["id"]
            seen = owner.wait(platform, run, fetched=100)
            assert seen["status"] == "running", seen
            os.kill(platform.pid, signal.SIGKILL)
        with platform_process(tmp_path / "platform", **settings) as platform:
            done = owner.wait(platform, run, fetched=10 * PEOPLE)
            events = told(here, PEOPLE)
            given = ("--url", platform.url, "--token", token)
            command = platform.command("sync", "run", job, account, *given)
    assert (command.returncode, command.stderr) == (0, "")
    assert command.stdout.splitlines()[-1] == f"completed    {PEOPLE} read"
    assert done["status"] == "completed", done
    assert done["resource_stats"]["recipients"]["list"]["created"] == PEOPLE
    created = Counter(e["payload"]["id"] for e in events if e["event"] == "record:created")
    assert set(created.values()) == {1}
    assert len(created) == PEOPLE
    assert not [each for each in events if each["event"] == "record:deleted"]
    lists = [each for each in there.calls() if each["path"].startswith("/v1/recipients")]
    assert 2 * PAGES <= len(lists) <= 2 * PAGES + 1


def test_a_quota_that_is_used_up_is_waited_out_until_tomorrow(
    environment: Environment, sandbox: Sandbox
) -> None:
    there = sandbox.account(plan="Starter")
    crowd(there, PEOPLE)
    account = environment.link("mailersend", {"api_token": there.api_token})
    world = World(environment, there, account)
    world.turn_to("2026-11-22T21:00:00+00:00")
    there.seed(account={"daily_quota": 2})
    syncs = Syncs(world)
    people = request("people", "recipients", delete_tracking="soft")
    run = syncs.order(syncs.job(people, keep("people")))
    syncs.work()
    seen = syncs.seen(run["id"])
    assert seen["status"] == "rate_limited", seen
    assert seen["retry_after"].startswith("2026-11-23T00:0")
    assert seen["resource_stats"]["recipients"]["list"]["fetched"] == 200
    assert len(syncs.records()) == 200
    asked = len(there.calls())
    world.turn_to("2026-11-22T23:59:00+00:00")
    assert (syncs.work(), len(there.calls())) == (0, asked)
    world.turn_to("2026-11-23T00:10:00+00:00")
    syncs.work()
    seen = syncs.seen(run["id"])
    assert seen["status"] == "completed", seen
    assert seen["resource_stats"]["recipients"]["list"]["created"] == PEOPLE
    assert len([name for name, _ in syncs.events("record:created")]) == PEOPLE
