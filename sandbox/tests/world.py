"""A world seen from outside, and how to start a sandbox process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx

NOW = "2026-03-10T12:00:00Z"


@dataclass
class World:
    """An account seen from outside: its API and its control plane."""

    root: str
    account_id: str
    token: str
    client: httpx.Client
    domains: dict[str, str] = field(default_factory=dict)
    # Every call of the test at hand: method, path, status; CONTROL stands for the control plane.
    log: ClassVar[list[tuple[str, str, int]]] = []

    def api(self, method: str, path: str, token: str | None = None, **rest: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token}", **rest.pop("headers", {})}
        answer = self.client.request(method, f"{self.root}/v1{path}", headers=headers, **rest)
        self.log.append((method, path.partition("?")[0], answer.status_code))
        return answer

    def control(self, method: str, path: str, payload: Any = None) -> Any:
        response = self.client.request(
            method,
            f"{self.root}/_sandbox{path}",
            params={"account": self.account_id},
            json=payload,
        )
        assert response.status_code == 200, response.text
        self.log.append(("CONTROL", f"{method} {path}", response.status_code))
        return response.json()

    def seed(self, **payload: Any) -> None:
        self.control("POST", "/seed", payload)

    def advance(self, seconds: float) -> None:
        self.control("POST", "/clock", {"advance": seconds})

    def token_with(self, *scopes: str) -> str:
        secret = f"mlsn.{self.account_id}-{'-'.join(scopes)}"
        self.seed(tokens=[{"name": "partial", "scopes": list(scopes), "accessToken": secret}])
        return secret

    def send(self, **changes: Any) -> httpx.Response:
        body = {**make_email(), **changes}
        body = {key: value for key, value in body.items() if value is not None}
        return self.api("POST", "/email", json=body)


def make_email(to: str = "ada@customer.test") -> dict[str, Any]:
    """Make a send that is right in every way."""
    return {
        "from": {"email": "hello@shop.test", "name": "Shop"},
        "to": [{"email": to, "name": "Ada"}],
        "subject": "Hello",
        "text": "Plain",
        "html": "<p>Rich</p>",
    }


def start_sandbox(*arguments: str) -> tuple[subprocess.Popen[str], str, str]:
    """Start a sandbox process and return it with its root URL and token."""
    process = subprocess.Popen(
        [sys.executable, "-m", "waypost_sandbox", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.search(r"API (http://[^/]+)/v1/ .* api token (\S+)", line)
    assert match, line
    return process, match[1], match[2]


def stop_sandbox(process: subprocess.Popen[str]) -> int:
    """End a sandbox process by a signal and return its exit code."""
    process.terminate()
    assert process.stdout is not None
    process.stdout.close()
    return process.wait(timeout=5)
