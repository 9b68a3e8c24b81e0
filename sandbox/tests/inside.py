"""A world without a socket: the API's own functions, for tests that ask thousands of times."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from waypost_sandbox.control.clock import turn_clock
from waypost_sandbox.control.seeding import seed_account
from waypost_sandbox.due import settle
from waypost_sandbox.life import answer_call
from waypost_sandbox.resources import all_routes
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.routes import Router
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.universe import Universe

NOW = "2026-03-10T12:00:00Z"
DOMAIN_ID = "65qngkdovk8lwr12"
ROUTER = Router(all_routes())


@dataclass
class Inside:
    """One account, asked directly."""

    universe: Universe = field(default_factory=Universe)

    def __post_init__(self) -> None:
        self.account: Account = self.universe.first
        self.token = next(iter(self.account.tokens.values()))
        self.seed(
            now=NOW,
            account={"rate_limits": "off", "creation_throttle_seconds": 0},
            domains=[{"id": DOMAIN_ID, "name": "shop.test"}],
        )

    def seed(self, **payload: Any) -> None:
        """Add things to the world."""
        seed_account(self.account, payload)

    def advance(self, seconds: float) -> None:
        """Turn the clock on."""
        turn_clock(self.account, {"advance": seconds})

    def settle(self) -> None:
        """Do what is due."""
        settle(self.account)

    def ask(
        self, method: str, path: str, query: list[tuple[str, str]] | None = None, body: Any = None
    ) -> tuple[int, Any]:
        """Ask once, as over the wire; what breaks the server breaks the test."""
        call = Call(
            method=method,
            path=path,
            query=[(name, str(value)) for name, value in query or []],
            headers={},
            body=b"" if body is None else json.dumps(body).encode(),
            client_ip="127.0.0.1",
            base_url="http://sandbox/v1",
            account=self.account,
            token=self.token,
        )
        answer = answer_call(call, ROUTER)
        return answer.status, json.loads(answer.body) if answer.body else None
