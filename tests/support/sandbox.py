"""A real sandbox process, and one of its accounts as a test sees it. Only HTTP between us."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class SandboxAccount:
    """One account: its token and its control plane."""

    root: str
    id: str
    api_token: str
    http: httpx.Client

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(
            method, f"{self.root}/_sandbox{path}", params={"account": self.id}, json=body
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seed(self, **things: Any) -> None:
        self.control("POST", "/seed", things)

    def token(self, *scopes: str) -> str:
        """Add a token with these scopes; tokens open one account, so no two worlds share one."""
        secret = f"mlsn.{self.id}-{'-'.join(scopes)}"
        self.seed(tokens=[{"name": "partial", "scopes": list(scopes), "accessToken": secret}])
        return secret

    def fault(self, **fault: Any) -> None:
        self.control("POST", "/faults", [fault])

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", "/calls")["data"]
        return found

    def is_at_work(self) -> bool:
        """Say whether a call is still to be answered; one that is dropped before never is."""
        return any(
            each["status"] is None and each["fault"] != "drop before" for each in self.calls()
        )

    def freeze(self, now: str) -> None:
        self.control("POST", "/clock", {"now": now})


@dataclass(frozen=True)
class Sandbox:
    """The process; every test takes an account of its own."""

    root: str
    http: httpx.Client

    def account(self, **settings: Any) -> SandboxAccount:
        """Make an account without rate limits unless told otherwise."""
        body = {"account": {"rate_limits": "off", **settings}}
        made = self.http.post(f"{self.root}/_sandbox/accounts", json=body).json()
        return SandboxAccount(self.root, made["account_id"], made["api_token"], self.http)


@contextmanager
def sandbox_process() -> Iterator[Sandbox]:
    """Give a sandbox while it runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "waypost_sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"API (http://[^/]+)/v1/", line)
        assert found, f"the sandbox did not start: {line!r}"
        with httpx.Client(timeout=20, trust_env=False) as http:
            yield Sandbox(found[1], http)
    finally:
        process.terminate()
        process.stdout.close()
        process.wait(timeout=30)
