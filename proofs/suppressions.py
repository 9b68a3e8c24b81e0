"""Suppressions conserved over kill -9: `./dev proof suppressions [options]`.

Random histories on both sides of two linked accounts, one pushed to and one whose own lists are changed
too: a real sandbox, and a real `waypost serve` that reads and pushes by its own standing jobs and is
killed at any moment of them. Letters are sent all the while. Once both sides rest, the store and the
provider's lists must be what docs/guides/suppressions.md says under "At rest".
"""

import argparse
import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tests.support.platform_process import PlatformProcess, platform_process
from tests.support.sandbox import Sandbox, sandbox_process
from tests.support.suppression_history import TENANT, History, Side
from tests.support.turned_world import TurnedWorld

START = 1_796_000_000.0
HOUR = 3600.0
LONGEST = 90.0
"""Seconds that a round may take, its rate budget and a new start included."""
LAST_LIST = "/v1/sms-recipients"


class Killed:
    """A served platform that may die."""

    def __init__(self, folder: Path, sandbox: Sandbox, clock: TurnedWorld) -> None:
        self.clock = clock
        self.sides: list[Side] = []
        self.kills = 0
        self._folder = folder
        self._settings = {
            "base_urls": json.dumps({"mailersend": f"{sandbox.root}/v1"}),
            "test_clock": str(clock.file),
        }
        self._running = ExitStack()
        self._http = httpx.Client(timeout=60, trust_env=False)
        self._process = self._start()
        self._token = self._prepared()

    def _start(self) -> PlatformProcess:
        return self._running.enter_context(platform_process(self._folder, **self._settings))

    def _prepared(self) -> str:
        operator = self._process.operator_token
        shop = self.said("POST", "/environment", {"name": "Shop"}, operator)["id"]
        token = {"name": "proof", "environment_id": shop}
        return str(self.said("POST", "/api-token", token, operator)["token"])

    def ask(self, verb: str, path: str, body: Any = None, token: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self._token}"}
        return self._http.request(verb, self._process.url + path, json=body, headers=headers)

    def said(self, verb: str, path: str, body: Any, token: str = "") -> Any:
        answer = self.ask(verb, path, body, token)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def link(self, sandbox: Sandbox, number: int, push: str, install: str) -> None:
        there = sandbox.account()
        domain, identifier = f"mail{number}.orchard.test", f"d0m41n000000000{number}"
        there.seed(domains=[{"id": identifier, "name": domain, "is_verified": True}])
        self.clock.accounts.append(there)
        self.clock.turn(1)
        order = {
            "tenant_id": TENANT,
            "environment_integration_id": install,
            "context": {"api_token": there.api_token},
        }
        account = self.said("POST", "/integrated-account", order)["id"]
        self.said("PUT", "/suppression/push", {"push": push, "integrated_account_id": account})
        self.sides.append(Side(account, there, domain, identifier, takes_back=push == "all"))

    def tick(self, crash: random.Random | None) -> None:
        """Turn an hour, so that the standing work of it is done, over a death where one is due."""
        read = [self._reads(side) for side in self.sides]
        self.clock.turn(HOUR)
        began = self.clock.at
        if crash is not None:
            self._kill_after(crash.random() * 1.5)
        deadline = time.monotonic() + LONGEST
        while any(self._reads(side) <= known for side, known in zip(self.sides, read, strict=True)):
            self._wait(deadline)
        while any(finished < began for finished in self._pushed()):
            self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        assert time.monotonic() < deadline, "the round does not end"
        time.sleep(0.1)
        self.clock.turn(10)

    def _kill_after(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.05)
            self.clock.turn(2)
        os.kill(self._process.pid, signal.SIGKILL)
        self.kills += 1
        self._running.close()
        self._process = self._start()

    def _reads(self, side: Side) -> int:
        return sum(each["path"].startswith(LAST_LIST) for each in side.sandbox.calls())

    def _pushed(self) -> list[float]:
        shown = self.said("GET", f"/suppression/push?tenant_id={TENANT}", None)["accounts"]
        return [
            datetime.fromisoformat(each["last_finished_at"]).astimezone(UTC).timestamp()
            if each["last_finished_at"] and not each["is_running"]
            else 0.0
            for each in shown
        ]

    def close(self) -> None:
        self._running.close()
        self._http.close()


def run(seed: int, steps: int) -> tuple[Counter[str], int]:
    """Play one history and hold it against the rules; return what was done, and the kills."""
    with tempfile.TemporaryDirectory() as text, sandbox_process() as sandbox:
        clock = TurnedWorld(Path(text) / "clock", at=START)
        platform = Killed(Path(text), sandbox, clock)
        try:
            order = {"integration_id": "mailersend"}
            install = platform.said("POST", "/environment-integration", order)["id"]
            platform.link(sandbox, 1, "additions", install)
            platform.link(sandbox, 2, "all", install)
            history = History(platform, platform.sides, clock, seed)
            history.play(steps)
            history.rest()
            history.check()
            return history.done, platform.kills
        finally:
            platform.close()


def main(arguments: Sequence[str]) -> int:
    """Play histories of several seeds; return 0 when the rules hold after each."""
    parser = argparse.ArgumentParser(prog="./dev proof suppressions")
    parser.add_argument("--seeds", type=int, default=10, help="how many histories")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--steps", type=int, default=150, help="acts of one history")
    given = parser.parse_args(arguments)
    failed = 0
    for seed in range(given.first, given.first + given.seeds):
        began = time.monotonic()
        try:
            done, kills = run(seed, given.steps)
        except AssertionError as error:
            failed += 1
            print(f"seed {seed}: BROKEN: {error}", flush=True)
            continue
        acts = ", ".join(f"{count} {name}" for name, count in sorted(done.items()))
        seconds = time.monotonic() - began
        print(f"seed {seed}: held; {kills} kills; {acts}; {seconds:.0f} s", flush=True)
    return min(1, failed)
